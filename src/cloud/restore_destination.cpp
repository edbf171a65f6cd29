#include "restore_destination.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <map>
#include <set>

#include "backup_logger.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"

namespace barman::cloud {
namespace {

constexpr mode_t private_directory = 0700;

[[noreturn]] void refuse(const std::string& text, std::string hint = {}) {
  throw Error(Errc::refused, text, std::move(hint));
}

// In a destination that is not whole yet: locked by who restores there, and left by who was killed.
constexpr std::string_view mark_name = ".barman-cloud-restore.lock";
std::string mark_of(const std::string& directory) { return fmt::format("{}/{}", directory, mark_name); }

[[noreturn]] void refuse_busy(const std::string& directory) {
  refuse(fmt::format("Destination {} is in use: {} restores to it", directory, fs::describe_holder(mark_of(directory))),
         "wait for it, or choose another destination");
}

void require_empty(const std::string& directory) {
  const auto info = fs::stat_if_exists(directory);
  if (!info) {
    if (fs::lstat_if_exists(directory)) refuse(fmt::format("Destination {} is a link that leads nowhere", directory));
    return;
  }
  if (!S_ISDIR(info->st_mode)) refuse(fmt::format("Destination {} already exists and it is no directory", directory));
  const std::vector<std::string> names = fs::list_directory(directory);
  if (names.empty()) return;
  if (std::ranges::find(names, mark_name) == names.end())
    refuse(fmt::format("Destination {} already exists and it is not empty", directory));
  if (fs::lock_state(mark_of(directory)).held) refuse_busy(directory);
}

void require_own_places(const RestorePlan& plan) {
  constexpr const char* hint = "relocate tablespaces with --tablespace NAME:LOCATION";
  std::set<std::string> places;
  for (const ArchiveChain& chain : plan.chains)
    if (!places.insert(fs::real_path(chain.destination)).second)
      refuse(fmt::format("{} is the destination of several parts of the backup", chain.destination), hint);
  for (const std::string& place : places)
    for (std::string above = fs::parent_directory(place); above != "/"; above = fs::parent_directory(above))
      if (places.contains(above)) refuse(fmt::format("the destination {} lies in another one, {}", place, above), hint);
}

std::string existing_part_of(std::string path) {
  while (!fs::exists(path)) path = fs::parent_directory(path);
  return path;
}

struct FileSystem {
  std::string directory;      // in it
  std::uint64_t certain = 0;  // what archives that are not compressed hold, and compressed ones at the least
  std::uint64_t room = 0;
};

std::map<dev_t, FileSystem> file_systems(const RestorePlan& plan) {
  std::map<dev_t, FileSystem> systems;
  for (const ArchiveChain& chain : plan.chains) {
    const std::string there = existing_part_of(chain.destination);
    struct ::stat info {};
    struct ::statvfs room {};
    if (::stat(there.c_str(), &info) != 0) throw_errno("examine", there);
    if (::statvfs(there.c_str(), &room) != 0) throw_errno("examine the file system of", there);
    FileSystem& system = systems[info.st_dev];
    system.directory = chain.destination;
    system.certain += chain.size();
    system.room = std::uint64_t{room.f_bavail} * room.f_frsize;
  }
  return systems;
}

std::string sized(std::uint64_t bytes) { return human_size(static_cast<std::int64_t>(bytes)); }

// A file system that compresses has room for more than it says: of what is only likely to come, no more than a warning.
void require_room(const RestorePlan& plan, std::optional<std::int64_t> cluster_size) {
  const auto systems = file_systems(plan);
  std::uint64_t room = 0;
  for (const auto& [device, system] : systems) {
    room += system.room;
    if (system.room < system.certain)
      refuse(fmt::format("the file system of {} has room for {}, and the backup's archives alone are {}",
                         system.directory, sized(system.room), sized(system.certain)),
             "make room, or restore to another file system");
  }
  if (cluster_size && room < static_cast<std::uint64_t>(*cluster_size))
    log::warning(logger, "the file systems of the destinations have room for {}, and the cluster was {} large",
                 sized(room), human_size(*cluster_size));
}

}  // namespace

void judge_destinations(const RestorePlan& plan, std::optional<std::int64_t> cluster_size) {
  for (const ArchiveChain& chain : plan.chains) require_empty(chain.destination);
  require_own_places(plan);
  require_room(plan, cluster_size);
}

Destinations::Destinations(const RestorePlan& plan) {
  try {
    for (const ArchiveChain& chain : plan.chains) make(chain.destination);
  } catch (...) {
    remove();
    throw;
  }
}

void Destinations::make(const std::string& directory) {
  std::optional<std::string> first_missing;
  for (std::string path = directory; !fs::exists(path); path = fs::parent_directory(path)) first_missing = path;
  const bool was_left = fs::lstat_if_exists(mark_of(directory)).has_value();
  fs::make_directories(directory, private_directory);
  auto lock = fs::LockFile::try_acquire(mark_of(directory));
  if (!lock) refuse_busy(directory);
  std::vector<std::string> left = fs::list_directory(directory);
  std::erase(left, mark_name);
  if (!was_left && !left.empty()) {  // somebody has just begun to use it
    lock->remove_on_release();
    refuse(fmt::format("Destination {} already exists and it is not empty", directory));
  }
  places_.push_back({directory, first_missing, std::move(*lock)});
  if (was_left) log::warning(logger, "Removing what a restore that was killed has left in {}", directory);
  for (const std::string& name : left) fs::remove_tree(fmt::format("{}/{}", directory, name));
}

// Durable: a mark that came back would have the next restore remove what is there.
void Destinations::keep() {
  for (const Place& place : places_) {
    fs::remove_file(mark_of(place.directory));
    fs::sync_directory(place.directory);
  }
  kept_ = true;
}

void Destinations::remove() const noexcept {
  const signals::Deferral deferral;
  for (auto place = places_.rbegin(); place != places_.rend(); ++place) {
    try {
      for (const std::string& name : fs::list_directory_if_exists(place->directory))
        fs::remove_tree(fmt::format("{}/{}", place->directory, name));
      if (place->first_missing) fs::remove_tree(*place->first_missing);
    } catch (const std::exception& error) {
      log::warning(logger, "cannot remove what was restored so far: {}", error.what());
    }
  }
}

}  // namespace barman::cloud
