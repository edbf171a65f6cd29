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
  RecoveryTarget target;
  if (asked.time) {
    const HumanTime time = parse_target_time(*asked.time);
    for (const std::string& doubt : doubts_about(time, *asked.time)) run.server.notifier().warning(doubt);
    target.time = time.time;
  }
  if (asked.lsn) {
    target.lsn = parse_target_lsn(*asked.lsn);
    target.lsn_text = asked.lsn;
  }
  target.xid = asked.xid;
  target.name = asked.name;
  target.immediate = asked.immediate;
  target.exclusive = asked.exclusive;
  target.timeline = asked.timeline;
  if (asked.timeline) target.timeline_id = resolve_timeline(*asked.timeline, backup, run.server.archive());
  target.action = asked.action;
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
