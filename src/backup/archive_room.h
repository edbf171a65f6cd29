#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "barman/config/server_config.h"

namespace barman::backup {

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
