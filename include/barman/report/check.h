#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace barman::report {

// One check and its answer. The name and the hint are part of the interface (commands.md 3.2).
struct CheckLine {
  std::string name;
  bool passed = true;
  std::string hint;
};

// What `check` found out about one server, in the order of the checks. Some checks leave a line only when they fail.
struct CheckReport {
  std::string server;
  bool active = true;
  bool disabled = false;
  std::vector<CheckLine> lines;
  std::vector<std::string> configuration_errors;  // told after the line "configuration"
  std::optional<std::int64_t> last_backup_bytes;  // performance data for monitoring
  std::optional<std::int64_t> wal_bytes;          // WAL archived after the last backup

  bool passed() const { return std::ranges::all_of(lines, &CheckLine::passed); }
};

}  // namespace barman::report
