#include "barman/catalog/retention.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/catalog/backup_chain.h"

namespace barman::catalog {
namespace {

using Backups = std::map<std::string, BackupInfo>;
using Verdicts = std::map<std::string, RetentionVerdict>;
using Rule = RetentionReason::Rule;

// What the walk over full backups says about one of them, and what a standalone keep of it means for its increments.
struct Judgement {
  RetentionStatus status = RetentionStatus::none;
  bool needed_without_keep = true;
  std::vector<RetentionReason> reasons;
};

// A DONE full backup. `ended`: when it had ended at the earliest.
struct Candidate {
  const std::string& id;
  const std::optional<Timestamp>& ended;
};

std::string number_of(std::int64_t number, std::int64_t wanted) {
  return fmt::format("number {} of the {} that have to stay, from the newest", number, wanted);
}

// Judges DONE full backups, newest first.
class Redundancy {
 public:
  Redundancy(std::int64_t by_policy, std::int64_t minimum) : by_policy_(by_policy), minimum_(minimum) {}
  Judgement judge(const Candidate&) {
    const std::int64_t wanted = std::max(by_policy_, minimum_), number = ++seen_;
    if (number > wanted)
      return {RetentionStatus::obsolete, false, {{Rule::policy, fmt::format("{} newer ones are there", number - 1)}}};
    const Rule rule = number <= by_policy_ ? Rule::policy : Rule::minimum_redundancy;
    return {RetentionStatus::valid, true, {{rule, number_of(number, wanted)}}};
  }

 private:
  std::int64_t by_policy_, minimum_;
  std::int64_t seen_ = 0;
};

class Window {
 public:
  Window(const Timestamp& horizon, std::int64_t minimum) : horizon_(horizon), minimum_(minimum) {}
  Judgement judge(const Candidate& backup) {
    const bool within = !backup.ended || *backup.ended >= horizon_;
    if (!cover_.empty()) return judge_behind_cover();
    ++kept_;
    if (within) return {RetentionStatus::valid, true, {{Rule::policy, "it did not end before the " + window()}}};
    cover_ = backup.id;  // older ones are not needed
    // Its keep covers the window; Barman gives up what is on top.
    return {RetentionStatus::valid, false, {{Rule::policy, "the newest one that ended before the " + window()}}};
  }

 private:
  std::string window() const { return fmt::format("window, which begins at {}", to_iso(in_local_zone(horizon_))); }
  Judgement judge_behind_cover() {
    RetentionReason behind{Rule::policy, fmt::format("the window begins at {}, and backup {} covers that",
                                                     to_iso(in_local_zone(horizon_)), cover_)};
    if (kept_ >= minimum_) return {RetentionStatus::obsolete, false, {std::move(behind)}};
    ++kept_;
    return {RetentionStatus::potentially_obsolete,
            false,
            {{Rule::minimum_redundancy, number_of(kept_, minimum_)}, std::move(behind)}};
  }

  Timestamp horizon_;
  std::int64_t minimum_;
  std::int64_t kept_ = 0;
  std::string cover_;  // a backup older than the horizon was met: it starts the window
};

RetentionStatus of_increments(RetentionStatus root, bool needed_without_keep) {
  if (root == RetentionStatus::keep_full) return RetentionStatus::valid;
  if (root == RetentionStatus::keep_standalone)
    return needed_without_keep ? RetentionStatus::valid : RetentionStatus::obsolete;
  return root;
}

RetentionReason by_root(const BackupInfo& root, RetentionStatus root_status, RetentionStatus status) {
  std::string detail =
      fmt::format("{} backup {}, the root of its chain",
                  status == RetentionStatus::obsolete ? "no longer than" : "as long as", root.backup_id);
  if (status == RetentionStatus::obsolete && root_status == RetentionStatus::keep_standalone)
    detail += ", would be without its keep, which is standalone";
  return {Rule::root, std::move(detail)};
}

void mark_descendants(const Backups& backups, const Descent& descent, const BackupInfo& root,
                      const RetentionVerdict& verdict, Verdicts& verdicts) {
  std::vector<const BackupInfo*> pending{&root};
  while (!pending.empty()) {
    const BackupInfo* at = pending.back();
    pending.pop_back();
    for (const std::string& id : descent.children(*at)) {
      const auto child = backups.find(id);
      if (child == backups.end() || child->second.status == BackupStatus::empty) continue;
      if (const auto known = verdicts.find(id); known != verdicts.end() && known->second.status == verdict.status)
        continue;
      verdicts[id] = verdict;
      pending.push_back(&child->second);
    }
  }
}

bool is_judged(const BackupInfo& backup) {
  return backup.status == BackupStatus::done && backup.type() != BackupType::incremental;
}

// For each backup of the order. While the clock was set back, backups seem to have ended long ago: each ended after
// those that were taken before it. A time that is yet to come says nothing about others.
std::vector<std::optional<Timestamp>> ends(const std::vector<const BackupInfo*>& order, const Timestamp& now) {
  std::vector<std::optional<Timestamp>> result;
  std::optional<Timestamp> last;
  for (const BackupInfo* backup : order) {
    const std::optional<Timestamp>& own = backup->end_time;
    result.push_back(own && last ? std::max(*own, *last) : own);
    if (own && *own <= now && is_judged(*backup)) last = result.back();
  }
  return result;
}

// No rule says anything about these.
RetentionReason by_status(const BackupInfo& backup) {
  switch (backup.status) {
    case BackupStatus::empty:
    case BackupStatus::started:
    case BackupStatus::syncing:
      return {Rule::running, fmt::format("{}: it is being taken, or whoever took it was killed", backup.status_text)};
    case BackupStatus::waiting_for_wals:
      return {Rule::running, "WAITING_FOR_WALS: nothing counts it before its WAL has arrived"};
    case BackupStatus::done:
      return {Rule::status, "the backup at the root of its chain is missing"};
    default:
      return {Rule::status, fmt::format("{}: no policy removes it", backup.status_text)};
  }
}

RetentionReason by_keep(KeepTarget target) {
  if (target == KeepTarget::standalone) return {Rule::keep_standalone, "kept with the WAL that it needs itself"};
  return {Rule::keep_full, "kept with all WAL from its beginning on"};
}

RetentionVerdict verdict_on(Judgement judgement, const std::optional<KeepTarget>& keep) {
  RetentionVerdict verdict{judgement.status, judgement.status, std::move(judgement.reasons)};
  if (!keep) return verdict;
  verdict.status = *keep == KeepTarget::standalone ? RetentionStatus::keep_standalone : RetentionStatus::keep_full;
  verdict.reasons.insert(verdict.reasons.begin(), by_keep(*keep));
  return verdict;
}

// Said only: with its root, whoever is on top of a backup stays or goes.
void note_children(const Backups& backups, const Descent& descent, Verdicts& verdicts) {
  for (auto& [id, verdict] : verdicts) {
    if (verdict.status == RetentionStatus::obsolete) continue;
    std::string staying;
    for (const std::string& child : descent.children(backups.at(id))) {
      const auto found = verdicts.find(child);
      if (child == id || found == verdicts.end() || found->second.status == RetentionStatus::obsolete) continue;
      staying += fmt::format("{}{}", staying.empty() ? "" : ", ", child);
    }
    if (!staying.empty()) verdict.reasons.push_back({Rule::children, "needed by " + staying});
  }
}

template <typename Judge>
Verdicts walk(const Backups& backups, const std::vector<const BackupInfo*>& order, const Timestamp& now,
              const std::function<std::optional<KeepTarget>(const std::string&)>& keep, Judge judge) {
  Verdicts verdicts;
  const Descent descent(backups);
  const auto ended = ends(order, now);
  for (std::size_t at = order.size(); at-- > 0;) {
    const BackupInfo& backup = *order[at];
    const std::string& id = backup.backup_id;
    if (backup.status == BackupStatus::empty || backup.type() == BackupType::incremental) continue;
    Judgement judgement{.reasons = {}};
    std::optional<KeepTarget> target;
    if (backup.status == BackupStatus::done) {
      judgement = judge.judge({id, ended[at]});
      target = keep(id);
    } else {
      judgement.reasons.push_back(by_status(backup));
    }
    const bool needed_without_keep = judgement.needed_without_keep;
    const RetentionVerdict& verdict = verdicts[id] = verdict_on(std::move(judgement), target);
    const RetentionStatus below = of_increments(verdict.status, needed_without_keep);
    mark_descendants(backups, descent, backup, {below, verdict.by_policy, {by_root(backup, verdict.status, below)}},
                     verdicts);
  }
  for (const auto& [id, backup] : backups)  // increments of a root that is gone
    if (backup.status != BackupStatus::empty)
      verdicts.try_emplace(
          id, RetentionVerdict{
                  .status = RetentionStatus::none, .by_policy = RetentionStatus::none, .reasons = {by_status(backup)}});
  note_children(backups, descent, verdicts);
  return verdicts;
}

}  // namespace

std::string_view to_string(RetentionStatus status) {
  switch (status) {
    case RetentionStatus::valid:
      return "VALID";
    case RetentionStatus::obsolete:
      return "OBSOLETE";
    case RetentionStatus::potentially_obsolete:
      return "OBSOLETE*";
    case RetentionStatus::keep_full:
      return "KEEP:FULL";
    case RetentionStatus::keep_standalone:
      return "KEEP:STANDALONE";
    case RetentionStatus::none:
      return "-";
  }
  return "-";
}

std::string_view to_string(RetentionReason::Rule rule) {
  switch (rule) {
    case Rule::policy:
      return "policy";
    case Rule::minimum_redundancy:
      return "minimum_redundancy";
    case Rule::keep_full:
      return "keep_full";
    case Rule::keep_standalone:
      return "keep_standalone";
    case Rule::calendar:
      return "calendar";
    case Rule::root:
      return "root";
    case Rule::children:
      return "children";
    case Rule::running:
      return "running";
    case Rule::status:
      return "status";
    case Rule::half_deleted:
      return "half_deleted";
  }
  return "policy";
}

Verdicts retention_verdicts(const Backups& backups, const config::RetentionPolicy& policy,
                            std::int64_t minimum_redundancy,
                            const std::function<std::optional<KeepTarget>(const std::string&)>& keep,
                            const Timestamp& now, const TimelineHistories& histories) {
  const auto order = in_order(backups, histories);
  if (policy.kind == config::RetentionPolicy::Kind::redundancy)
    return walk(backups, order, now, keep, Redundancy(policy.value, minimum_redundancy));
  return walk(backups, order, now, keep, Window(now - policy.window(), minimum_redundancy));
}

std::vector<CountedBackup> counted_backups(const Backups& backups, const Timestamp& now,
                                           const TimelineHistories& histories) {
  const auto order = in_order(backups, histories);
  const auto ended = ends(order, now);
  std::vector<CountedBackup> counted;
  for (std::size_t at = order.size(); at-- > 0;)
    if (is_judged(*order[at])) counted.push_back({order[at], ended[at]});
  return counted;
}

std::map<std::string, RetentionStatus> retention_report(
    const Backups& backups, const config::RetentionPolicy& policy, std::int64_t minimum_redundancy,
    const std::function<std::optional<KeepTarget>(const std::string&)>& keep, const Timestamp& now,
    const TimelineHistories& histories) {
  std::map<std::string, RetentionStatus> statuses;
  for (const auto& [id, verdict] : retention_verdicts(backups, policy, minimum_redundancy, keep, now, histories))
    statuses.emplace_hint(statuses.end(), id, verdict.status);
  return statuses;
}

}  // namespace barman::catalog
