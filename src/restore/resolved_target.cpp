#include "resolved_target.h"

#include <fmt/core.h>

#include "barman/archive/wal_archive.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"

namespace barman::restore {

namespace {

std::optional<std::uint32_t> resolve_timeline(const std::string& text, const catalog::BackupInfo& backup,
                                              const archive::WalArchive& archive) {
  if (text == "current") return static_cast<std::uint32_t>(backup.timeline.value_or(1));
  if (text == "latest") return archive.highest_timeline().value_or(1);
  const auto number = parse_decimal(text);
  if (!number || *number < 1 || *number > 0xFFFFFFFF)
    throw Error(Errc::refused, fmt::format("'{}' is not a timeline", text), "give a number, 'current' or 'latest'");
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

RecoveryTarget resolve_target(const TargetRequest& asked, const catalog::BackupInfo& backup, const RestoreRun& run) {
  RecoveryTarget target = understood(asked);
  if (asked.time)
    for (const std::string& doubt : doubts_about(parse_target_time(*asked.time), *asked.time))
      run.server.notifier().warning(doubt);
  if (asked.timeline) target.timeline_id = resolve_timeline(*asked.timeline, backup, run.server.archive());
  if (asked.action && !target.is_pitr())
    throw Error(Errc::refused, "Can't enable recovery target action when PITR is not required");
  return target;
}

std::optional<std::string> time_problem(const RecoveryTarget& target, const catalog::BackupInfo& backup) {
  if (!target.time || !backup.end_time || *target.time >= *backup.end_time) return std::nullopt;
  return fmt::format("The requested target time {} is before the backup end time {}", to_python(*target.time),
                     to_python(*backup.end_time));
}

}  // namespace barman::restore
