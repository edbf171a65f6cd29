#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/core/time.h"
#include "barman/wal/lsn.h"

namespace barman {

// What backup.info needs from a backup_label file.
struct BackupLabel {
  Lsn start;              // START WAL LOCATION
  std::string start_wal;  // the file named there
  std::optional<Timestamp> start_time;
  std::optional<std::uint32_t> start_timeline;  // START TIMELINE (PostgreSQL 11 and later)
};

BackupLabel parse_backup_label(std::string_view text);  // throws Error(corrupt)

}  // namespace barman
