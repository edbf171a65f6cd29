#include "barman/report/restore_plan.h"

#include <fmt/core.h>

#include <map>

#include "barman/archive/wal_archive.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/restore/forecast.h"
#include "barman/restore/restore.h"
#include "placement.h"
#include "recovery_configuration.h"
#include "resolved_target.h"
#include "settings.h"
#include "staging.h"
#include "unfit_wal.h"
#include "wal_delivery.h"

namespace barman::restore {

namespace {

using report::RestorePlan;

constexpr const char* unnamed_destination = "DESTINATION_DIRECTORY";

std::optional<Timestamp> time_of(const std::optional<std::int64_t>& micros) {
  return micros ? std::optional(local_timestamp(*micros)) : std::nullopt;
}

RestorePlan::Target target_of(const RecoveryTarget& target) {
  const bool inclusive = !target.exclusive;
  if (target.time) return {"time", to_python(*target.time), inclusive};
  if (target.xid) return {"xid", target.xid, inclusive};
  if (target.lsn) return {"lsn", target.lsn_text, inclusive};
  if (target.name) return {"name", target.name, true};
  if (target.immediate) return {"immediate", {}, true};
  return {"latest", {}, true};
}

const char* word_of(recovery::StopKind kind) {
  switch (kind) {
    case recovery::StopKind::commit:
      return "commit";
    case recovery::StopKind::abort:
      return "abort";
    case recovery::StopKind::restore_point:
      return "restore_point";
    case recovery::StopKind::lsn:
      return "lsn";
    case recovery::StopKind::consistent:
      return "consistent";
    case recovery::StopKind::end_of_wal:
      return "end_of_wal";
  }
  return "";
}

RestorePlan::Stop stop_of(const recovery::Stop& stop) {
  RestorePlan::Stop words{word_of(stop.kind), to_string(stop.lsn), {}, time_of(stop.micros), {}, {}};
  if (!stop.last) return words;
  words.xid = stop.last->xid;
  words.last_lsn = to_string(stop.last->lsn);
  words.last_time = local_timestamp(stop.last->micros);
  if (!words.time) words.time = words.last_time;
  return words;
}

void add_forecast(RestorePlan& plan, const Forecast& forecast) {
  plan.timeline = forecast.timeline;
  if (!forecast.judgement) {
    plan.reason = forecast.unknown;
    return;
  }
  const recovery::Judgement& judgement = *forecast.judgement;
  plan.possible = judgement.stop.has_value();
  if (judgement.stop)
    plan.stop = stop_of(*judgement.stop);
  else
    plan.reason = judgement.reason;
  plan.nearest_before = time_of(judgement.nearest.before);
  plan.nearest_after = time_of(judgement.nearest.after);
  RestorePlan::Wal wal{.segments = forecast.wal.segments,
                       .missing_count = forecast.wal.missing_count,
                       .bytes = static_cast<std::int64_t>(forecast.wal.segments * forecast.wal.segment_size),
                       .missing = {},
                       .copied_bytes = 0};
  for (const Segment& segment : forecast.wal.missing) wal.missing.push_back(to_string(segment));
  plan.wal = std::move(wal);
}

// The earliest time that a restore takes for this backup.
RecoveryTarget at_end_of(const catalog::BackupInfo& backup, RecoveryTarget target) {
  target.time = backup.end_time;
  return target;
}

// Whatever the WAL says. `plan` is that of the time at which the backup ended.
void refuse_time(RestorePlan& plan, const std::string& problem, const catalog::BackupInfo& backup) {
  if (plan.possible == true) plan.nearest_after = in_local_zone(*backup.end_time);
  plan.nearest_before.reset();
  plan.possible = false;
  plan.reason = problem;
  plan.stop.reset();
}

// As a restore takes it, which copies WAL. Returns whether it refuses.
bool look_for_unfit_wal(RestorePlan& plan, const RestoreRequest& request, const WalSelection& selection,
                        const Forecast& expected, archive::WalArchive& archive) {
  const UnfitWal unfit = unfit_wal(selection, expected, archive);
  if (!unfit.others.empty()) plan.warnings.push_back(left_out_in_words(unfit.others, false));
  if (unfit.needed.empty()) return false;
  if (request.no_target_check) {
    plan.warnings.push_back(left_out_in_words(unfit.needed, true));
    return false;
  }
  plan.possible = false;
  plan.reason = in_words(unfit.needed) + "; " + advice_on_unfit(archive);
  plan.stop.reset();
  return true;
}

std::int64_t wal_to_copy(const catalog::BackupInfo& backup, const WalSelection& selection,
                         archive::WalArchive& archive) {
  std::int64_t count = 0;
  archive.index().for_each([&](const catalog::WalEntryView& entry) {
    if (is_wal_segment(entry.name) && selection.wants(entry.name)) ++count;
    return true;
  });
  return count * backup.xlog_segment_size;
}

void add_settings(RestorePlan& plan, const RestoreRequest& request, const catalog::BackupInfo& backup,
                  const RecoveryTarget& target, const RestoreRun& run) {
  if (!wants_recovery(request, target)) return;
  const std::string destination = plan.destination.value_or(unnamed_destination);
  const std::string directory =
      wal_destination(backup, destination, target.is_pitr() && !request.get_wal, request.staging_wal_directory);
  for (const std::string& line : settings_for(request, backup, target, directory, run)) {
    const std::string key = line.substr(0, line.find(' '));
    if (auto value = setting_in(line, key)) plan.settings.emplace_back(key, std::move(*value));
  }
}

// Free room on the file systems of destination and tablespaces, each counted once. Files that are there already, and
// files that are shared with those of the catalogue, need none: then it is a warning.
void look_at_room(RestorePlan& plan, const RestoreRequest& request, const catalog::BackupInfo& backup,
                  const RestoreRun& run) {
  if (!plan.destination) return;
  std::vector<std::string> paths = {request.destination};
  for (const PlacedTablespace& tablespace : placed_tablespaces(backup, request.relocations))
    paths.push_back(tablespace.location);
  std::map<std::string, std::int64_t> free;
  const auto facts = file_systems_of(paths, run.target_host);
  for (const auto& each : facts) {
    if (!each) return;
    free[each->device] = each->free_bytes;
  }
  plan.free_bytes = facts.front()->free_bytes;
  std::int64_t all = 0;
  for (const auto& [device, bytes] : free) all += bytes;
  const std::int64_t needed = plan.copy_bytes + (plan.wal ? plan.wal->copied_bytes : 0);
  if (needed <= all) return;
  const std::string text = fmt::format("the destination has room for {}, and the restore needs up to {}",
                                       human_size(all), human_size(needed));
  bool may_share = request.delta;
  if (!run.target_host.is_remote() && !run.server.backups().elsewhere()) {
    const auto source = file_systems_of({run.server.config().backup_directory}, run.server.local_host()).front();
    may_share = may_share || (source && free.contains(source->device));
  }
  if (may_share) {
    plan.warnings.push_back(text);
  } else if (plan.possible == true) {
    plan.possible = false;
    plan.reason = text;
  }
}

}  // namespace

RestorePlan plan(const RestoreRequest& request, const Chain& chain, const Preparation& preparation,
                 const RestoreRun& run) {
  const catalog::BackupInfo& backup = *chain.back();
  const RecoveryTarget target = resolve_target(request.target, backup, run);
  RestorePlan plan;
  plan.server = run.server.config().name;
  plan.backup_id = backup.backup_id;
  if (!request.destination.empty()) plan.destination = request.destination;
  plan.remote = run.target_host.is_remote();
  plan.target = target_of(target);
  plan.copy_bytes = preparation.whole;
  const auto problem = time_problem(target, backup);
  const Forecast expected = forecast(request, backup, problem ? at_end_of(backup, target) : target, run.server);
  add_forecast(plan, expected);
  bool refused = problem || verdict_on(expected, request, backup, target).kind == Verdict::Kind::refuse;
  if (problem) refuse_time(plan, *problem, backup);
  if (!request.get_wal) {
    archive::WalArchive& archive = run.server.archive();
    const WalSelection selection = selection_for(request, backup, target, archive, read_to(expected));
    if (plan.wal) plan.wal->copied_bytes = wal_to_copy(backup, selection, archive);
    refused = refused || look_for_unfit_wal(plan, request, selection, expected, archive);
  }
  if (plan.possible == false && !refused) plan.warnings.emplace_back("a restore goes on all the same, with a warning");
  add_settings(plan, request, backup, target, run);
  look_at_room(plan, request, backup, run);
  return plan;
}

}  // namespace barman::restore
