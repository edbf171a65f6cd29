#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "barman/config/server_config.h"
#include "barman/postgres/server.h"

namespace barman::backup {

// A backup of a standby ends when the primary closes the segment it ended in, which an idle primary does not do. As
// long as this object lives, segments are switched there: after a second, then up to ten times every ten seconds, at
// last after `checkpoint_timeout` seconds (0: not) with a checkpoint. Does nothing without a primary.
class WalNudge {
 public:
  WalNudge(postgres::Server* primary, std::int64_t checkpoint_timeout);
  WalNudge(const WalNudge&) = delete;
  WalNudge& operator=(const WalNudge&) = delete;
  ~WalNudge() = default;

 private:
  std::jthread thread_;
};

// Looks whether PostgreSQL's archiver can deliver. The end of a backup waits for it; where it delivers into a directory
// without room that would never end, and the backup would hold its lock, so that nothing could be deleted to make room.
class ArchiveRoom {
 public:
  ArchiveRoom(const config::ServerConfig& config, std::uint64_t segment_size);

  // Throws Error(io) in the words of ENOSPC once incoming_wals_directory has had no room for a segment for a minute, or
  // for hang_timeout if that is shorter.
  void look();

 private:
  bool is_there() const;
  const config::ServerConfig& config_;
  std::uint64_t segment_size_;
  std::chrono::seconds patience_;
  std::optional<std::chrono::steady_clock::time_point> missing_since_;
};

}  // namespace barman::backup
