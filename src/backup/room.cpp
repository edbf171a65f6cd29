#include "barman/backup/room.h"

#include <fmt/core.h>

#include <cerrno>
#include <clocale>
#include <cstring>
#include <string>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/legacy_layout.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::backup {
namespace {

bool names(std::string_view failure, locale_t language) {
  for (const int error : {ENOSPC, EDQUOT})
    if (failure.find(::strerror_l(error, language)) != std::string_view::npos) return true;
  return false;
}

// What cannot be given up is no reason to stop looking.
bool gives_room(const std::function<bool()>& way) {
  try {
    return way();
  } catch (const Error& error) {
    log::warning("barman.backup", "{}", error.what());
    return false;
  }
}

std::size_t entries(const std::string& directory) { return fs::list_directory_if_exists(directory).size(); }

}  // namespace

bool names_lack_of_room(std::string_view failure) {
  for (const char* name : {"C", ""}) {
    const locale_t language = ::newlocale(LC_ALL_MASK, name, nullptr);
    if (language == nullptr) continue;  // the user's is not installed: nothing speaks it
    const bool found = names(failure, language);
    ::freelocale(language);
    if (found) return true;
  }
  return false;
}

void Room::make_for(const std::function<void()>& what) const {
  const auto ways = dispensable();
  for (auto way = ways.begin();;) {
    try {
      what();
      return;
    } catch (const Error& error) {
      if (!names_lack_of_room(error.what())) throw;
      while (way != ways.end() && !gives_room(*way)) ++way;
      if (way == ways.end()) throw;
    }
  }
}

std::optional<fs::LockFile> Room::lock(const std::string& path, const fs::LockFile* held) const {
  std::optional<fs::LockFile> result;
  if (held != nullptr) held->remove_stale_share(path);
  try {
    make_for([&] {
      if (auto lock = fs::LockFile::try_acquire(path)) result.emplace(std::move(*lock));
    });
  } catch (const Error& error) {
    if (held == nullptr || !names_lack_of_room(error.what())) throw;
    return fs::LockFile::try_share(*held, path);
  }
  return result;
}

// Each removes something and says whether there was something to remove. Called again until there is not.
std::vector<std::function<bool()>> Room::dispensable() const {
  return {
      [this] {
        const std::size_t before = entries(locks_.directory());
        fs::remove_free_locks(locks_.directory());
        return entries(locks_.directory()) < before;
      },
      [this] {
        const std::size_t before = entries(config_.meta_directory());
        fs::remove_abandoned_replacements(config_.meta_directory(), [](std::string_view) { return true; });
        return entries(config_.meta_directory()) < before;
      },
      [this] { return remove_copy(); },
      [this] { return fs::remove_file(fmt::format("{}/.{}-stalls", locks_.directory(), config_.name)); },
      [this] { return archive::remove_link_at_old_place(config_); },
  };
}

// One of those that are a copy: of old layouts it is the entry itself.
bool Room::remove_copy() const {
  if (config_.keeps_backups_in_store()) return false;
  for (const std::string& id : fs::list_directory_if_exists(config_.basebackups_directory)) {
    if (!fs::is_regular_file(fmt::format("{}/{}-backup.info", config_.meta_directory(), id))) continue;
    if (fs::remove_file(catalog::legacy_info_path(config_, id))) return true;
  }
  return false;
}

}  // namespace barman::backup
