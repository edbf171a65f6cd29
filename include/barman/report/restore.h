#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/time.h"

namespace barman::report {

// One setting of a PostgreSQL configuration file in a restored cluster. Lines count from 0.
struct ReportedSetting {
  std::string file;
  std::int64_t line = 0;
  std::string key;
  std::optional<std::string> value;
  friend bool operator==(const ReportedSetting&, const ReportedSetting&) = default;
};

// What a finished restore reports (commands.md 3.7, json.md 3.9).
struct RestoreReport {
  std::vector<ReportedSetting> changes;   // neutralised
  std::vector<ReportedSetting> warnings;  // to be reviewed
  std::vector<std::string> missing_files;
  bool get_wal = false;
  std::string recovery_file;  // where the restore_command stands, relative to the destination
  Timestamp start;
  Micros elapsed{0};
};

}  // namespace barman::report
