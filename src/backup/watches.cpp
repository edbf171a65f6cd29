#include "watches.h"

#include <fmt/core.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "barman/backup/room.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/unpublished_file.h"

namespace barman::backup {

namespace {

using std::chrono::seconds;

constexpr seconds first_wait{1}, next_wait{10};
constexpr int repetitions = 10;

// False: asked to end.
bool pause(const std::stop_token& end, seconds time) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, end, time, [] { return false; });
  return !end.stop_requested();
}

void attempt(const std::function<void()>& what) {
  try {
    what();
  } catch (const Interrupted&) {  // whoever waits for the backup reports it
  } catch (const Error& error) {
    log::warning("barman.backup_executor", "cannot switch WAL on the primary: {}", error.what());
  }
}

void work(const std::stop_token& end, postgres::Server& primary, seconds checkpoint_timeout) {
  if (!pause(end, first_wait)) return;
  attempt([&] { primary.switch_wal(); });
  for (int i = 0; i < repetitions; ++i) {
    if (!pause(end, next_wait)) return;
    attempt([&] { primary.switch_wal(); });
  }
  if (checkpoint_timeout.count() <= 0 || !pause(end, checkpoint_timeout)) return;
  attempt([&] {
    primary.checkpoint();
    primary.switch_wal();
  });
}

constexpr std::chrono::seconds longest_patience{60};

}  // namespace

WalNudge::WalNudge(postgres::Server* primary, std::int64_t checkpoint_timeout) {
  if (primary == nullptr) return;
  thread_ = std::jthread(
      [primary, checkpoint_timeout](const std::stop_token& end) { work(end, *primary, seconds(checkpoint_timeout)); });
}

ArchiveRoom::ArchiveRoom(const config::ServerConfig& config, std::uint64_t segment_size)
    : config_(config), segment_size_(segment_size), patience_(longest_patience) {
  if (config.hang_timeout > 0) patience_ = std::min(patience_, config.patience());
}

// Room that is short now may be there again in a moment: archive-wal empties the directory.
void ArchiveRoom::look() {
  if (!config_.archiver) return;  // the archiver of PostgreSQL delivers somewhere else
  const auto now = std::chrono::steady_clock::now();
  if (is_there()) {
    missing_since_.reset();
    return;
  }
  if (!missing_since_) missing_since_ = now;
  if (now - *missing_since_ < patience_) return;
  throw Error(
      Errc::io,
      fmt::format("{}: '{}' has had no room for a WAL segment for {} seconds, and PostgreSQL waits until the last "
                  "one is archived",
                  std::strerror(ENOSPC), config_.incoming_wals_directory, patience_.count()),
      fmt::format("make room, for example with 'barman delete {} oldest', then take another backup", config_.name));
}

bool ArchiveRoom::is_there() const {
  struct ::statvfs room {};
  if (::statvfs(config_.incoming_wals_directory.c_str(), &room) != 0) return true;  // which is not this question
  if (std::uint64_t{room.f_bavail} * room.f_frsize < segment_size_) return false;
  try {
    const fs::UnpublishedFile another(config_.incoming_wals_directory);
    return true;
  } catch (const Error& error) {
    return !names_lack_of_room(error.what());
  }
}

}  // namespace barman::backup
