#include "barman/backup/retention_plan.h"

#include <algorithm>
#include <set>

namespace barman::backup {
namespace {

using catalog::BackupInfo;
using catalog::BackupStatus;
using catalog::KeepTarget;
using catalog::RetentionReason;
using catalog::RetentionStatus;
using Verdicts = std::map<std::string, catalog::RetentionVerdict>;

// The keeps as they will be once the calendar has changed its own.
catalog::Keeps after(const catalog::CalendarKeeping& keeping, const catalog::Keeps& keep) {
  return [keep, kept = std::set(keeping.keep.begin(), keeping.keep.end()),
          released = std::set(keeping.release.begin(), keeping.release.end())](const std::string& id) {
    if (kept.contains(id)) return std::optional(KeepTarget::standalone);
    return released.contains(id) ? std::nullopt : keep(id);
  };
}

Verdicts judge(const catalog::BackupCatalog& catalog, const catalog::Keeps& keep, const RetentionRules& rules,
               const Timestamp& at) {
  if (!rules.policy) return {};
  return catalog::retention_verdicts(catalog.staying(), *rules.policy, rules.minimum_redundancy, keep, at,
                                     catalog.histories());
}

// Said in the place of the keep, where that is the calendar's.
void say_calendar(const std::string& detail, bool is_ours, std::vector<RetentionReason>& reasons) {
  RetentionReason reason{RetentionReason::Rule::calendar, "the first of " + detail};
  if (is_ours && !reasons.empty() && reasons.front().rule == RetentionReason::Rule::keep_standalone)
    reasons.front() = std::move(reason);
  else
    reasons.push_back(std::move(reason));
}

RetentionReason without_verdict(const BackupInfo& backup, const RetentionRules& rules) {
  if (backup.status == BackupStatus::empty)
    return {RetentionReason::Rule::running, "EMPTY: it is being taken, or whoever took it was killed"};
  return {RetentionReason::Rule::policy, rules.policy ? "no rule is about it" : "there is no retention policy"};
}

bool is_orphan(const catalog::BackupCatalog& catalog, const BackupInfo& backup) {
  return backup.status != BackupStatus::empty && backup.status != BackupStatus::unknown && catalog.is_orphan(backup);
}

RetentionStep step_of(const catalog::BackupCatalog& catalog, const BackupInfo& backup,
                      const catalog::RetentionVerdict* verdict, const RetentionRules& rules) {
  RetentionStep step{.backup = &backup, .reasons = {}};
  if (catalog.is_half_deleted(backup.backup_id)) {
    step.goes = true;
    step.reasons.push_back({RetentionReason::Rule::half_deleted, "its deletion was interrupted, and is finished"});
    return step;
  }
  step.orphan = is_orphan(catalog, backup);
  if (step.orphan)
    step.reasons.push_back({RetentionReason::Rule::status, "its directory is missing: its entry is removed by hand"});
  if (verdict == nullptr) {
    step.reasons.push_back(without_verdict(backup, rules));
    return step;
  }
  step.status = verdict->status;
  step.goes = step.status == RetentionStatus::obsolete && !step.orphan;
  step.reasons.insert(step.reasons.end(), verdict->reasons.begin(), verdict->reasons.end());
  return step;
}

}  // namespace

RetentionRules rules_of(const config::ServerConfig& config) {
  return {config.retention_policy, config.minimum_redundancy, config.retention_calendar};
}

bool removes_by_policy(const config::ServerConfig& config) {
  return config.retention_policy && config.retention_policy_mode == "auto" && config.retention_calendar_valid();
}

RetentionPlan plan_retention(const catalog::BackupCatalog& catalog, const catalog::Keeps& keep,
                             const std::function<bool(const std::string& id)>& is_ours, const RetentionRules& rules,
                             const Timestamp& at) {
  RetentionPlan plan;
  Verdicts verdicts = judge(catalog, keep, rules, at);
  if (rules.policy) {
    if (rules.calendar) plan.holds = calendar_holds(catalog.staying(), *rules.calendar, at, catalog.histories());
    plan.calendar = calendar_keeping(
        plan.holds, verdicts, [&keep](const std::string& id) { return keep(id).has_value(); }, is_ours);
    if (!plan.calendar.keep.empty() || !plan.calendar.release.empty())
      verdicts = judge(catalog, after(plan.calendar, keep), rules, at);
  }
  for (const BackupInfo* backup : catalog.in_order()) {
    const std::string& id = backup->backup_id;
    const auto verdict = verdicts.find(id);
    RetentionStep step = step_of(catalog, *backup, verdict == verdicts.end() ? nullptr : &verdict->second, rules);
    if (const auto held = plan.holds.find(id); held != plan.holds.end())
      say_calendar(held->second, !keep(id) || is_ours(id), step.reasons);
    plan.steps.push_back(std::move(step));
  }
  return plan;
}

}  // namespace barman::backup
