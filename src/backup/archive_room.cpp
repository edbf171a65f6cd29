#include "archive_room.h"

#include <fmt/core.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "barman/backup/room.h"
#include "barman/core/error.h"
#include "barman/fs/unpublished_file.h"

namespace barman::backup {
namespace {

constexpr std::chrono::seconds longest_patience{60};

}  // namespace

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
