#pragma once
#include <fmt/core.h>

#include <string>

#include "barman/report/catalog.h"

// What both forms of show-backup say in the same words.
namespace barman::report {

inline constexpr const char* not_enforced = "not enforced";
inline constexpr const char* is_oldest = "- (this is the oldest base backup)";
inline constexpr const char* is_latest = "- (this is the latest base backup)";

inline std::string percent(double ratio) { return fmt::format("{:.2f}%", ratio * 100); }
inline std::string hourly(double per_second) { return fmt::format("{:.2f}/hour", per_second * 3600); }
inline std::string duration_text(double seconds) {
  return human_interval(Micros(static_cast<std::int64_t>(seconds * 1e6)));
}
inline bool has_rate(const CopiedBackup& backup) { return backup.wals_per_second && *backup.wals_per_second > 0; }
// The start-up of a copy is told from one second on.
inline bool starts_slowly(const CopiedBackup::Copy& copy) {
  return copy.analysis_seconds && *copy.analysis_seconds >= 1;
}

}  // namespace barman::report
