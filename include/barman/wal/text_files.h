#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/time.h"
#include "barman/wal/segment.h"

namespace barman {

// One line of a timeline history file: `parent` was left at `switchpoint`.
struct HistoryEntry {
  std::uint32_t parent = 0;
  Lsn switchpoint;
  std::string reason;
};

// Three TAB-separated fields a line; '#' comments and blank lines are skipped. Throws Error(corrupt) naming `file` and
// the line for another shape, or when there is no entry at all.
std::vector<HistoryEntry> parse_history(std::string_view text, std::string_view file);

// What backup.info needs from a backup_label file.
struct BackupLabel {
  Lsn start;              // START WAL LOCATION
  std::string start_wal;  // the file named there
  std::optional<Timestamp> start_time;
  std::optional<std::uint32_t> start_timeline;  // START TIMELINE (PostgreSQL 11 and later)
};

BackupLabel parse_backup_label(std::string_view text);  // throws Error(corrupt)

}  // namespace barman
