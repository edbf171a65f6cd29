#include "barman/catalog/retention.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/catalog/backup_chain.h"

namespace barman::catalog {
namespace {

using Backups = std::map<std::string, BackupInfo>;
using Report = std::map<std::string, RetentionStatus>;

// What the walk over full backups says about one of them, and what a standalone keep of it means for its increments.
struct Verdict {
  RetentionStatus status = RetentionStatus::none;
  bool needed_without_keep = true;
};

// Judges DONE full backups, newest first. `ended`: when the backup had ended at the earliest.
class Redundancy {
 public:
  explicit Redundancy(std::int64_t wanted) : wanted_(wanted) {}
  Verdict judge(const std::optional<Timestamp>&) {
    const bool needed = seen_++ < wanted_;
    return {needed ? RetentionStatus::valid : RetentionStatus::obsolete, needed};
  }

 private:
  std::int64_t wanted_;
  std::int64_t seen_ = 0;
};

class Window {
 public:
  Window(const Timestamp& horizon, std::int64_t minimum) : horizon_(horizon), minimum_(minimum) {}
  Verdict judge(const std::optional<Timestamp>& ended) {
    if (covered_) {
      if (kept_ >= minimum_) return {RetentionStatus::obsolete, false};
      ++kept_;
      return {RetentionStatus::potentially_obsolete, false};
    }
    ++kept_;
    covered_ = ended && *ended < horizon_;
    return {RetentionStatus::valid, !covered_};  // its keep covers the window; Barman gives up what is on top
  }

 private:
  Timestamp horizon_;
  std::int64_t minimum_;
  std::int64_t kept_ = 0;
  bool covered_ = false;  // a backup older than the horizon was met: it starts the window, older ones are not needed
};

RetentionStatus of_increments(RetentionStatus root, bool needed_without_keep) {
  if (root == RetentionStatus::keep_full) return RetentionStatus::valid;
  if (root == RetentionStatus::keep_standalone)
    return needed_without_keep ? RetentionStatus::valid : RetentionStatus::obsolete;
  return root;
}

void mark_descendants(const Backups& backups, const Descent& descent, const BackupInfo& parent, RetentionStatus status,
                      Report& report) {
  std::vector<const BackupInfo*> pending{&parent};
  while (!pending.empty()) {
    const BackupInfo* at = pending.back();
    pending.pop_back();
    for (const std::string& id : descent.children(*at)) {
      const auto child = backups.find(id);
      if (child == backups.end() || child->second.status == BackupStatus::empty) continue;
      if (const auto known = report.find(id); known != report.end() && known->second == status) continue;
      report[id] = status;
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

template <typename Judge>
Report walk(const Backups& backups, const std::vector<const BackupInfo*>& order, const Timestamp& now,
            const std::function<std::optional<KeepTarget>(const std::string&)>& keep, Judge judge) {
  Report report;
  const Descent descent(backups);
  const auto ended = ends(order, now);
  for (std::size_t at = order.size(); at-- > 0;) {
    const BackupInfo& backup = *order[at];
    const std::string& id = backup.backup_id;
    if (backup.status == BackupStatus::empty || backup.type() == BackupType::incremental) continue;
    Verdict verdict;
    if (backup.status == BackupStatus::done) {
      verdict = judge.judge(ended[at]);
      if (const auto target = keep(id))
        verdict.status =
            *target == KeepTarget::standalone ? RetentionStatus::keep_standalone : RetentionStatus::keep_full;
    }
    report[id] = verdict.status;
    mark_descendants(backups, descent, backup, of_increments(verdict.status, verdict.needed_without_keep), report);
  }
  for (const auto& [id, backup] : backups)  // increments of a root that is gone
    if (backup.status != BackupStatus::empty) report.try_emplace(id, RetentionStatus::none);
  return report;
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

std::map<std::string, RetentionStatus> retention_report(
    const std::map<std::string, BackupInfo>& backups, const config::RetentionPolicy& policy,
    std::int64_t minimum_redundancy, const std::function<std::optional<KeepTarget>(const std::string&)>& keep,
    const Timestamp& now, const TimelineHistories& histories) {
  const auto order = in_order(backups, histories);
  if (policy.kind == config::RetentionPolicy::Kind::redundancy)
    return walk(backups, order, now, keep, Redundancy(std::max<std::int64_t>(policy.value, minimum_redundancy)));
  return walk(backups, order, now, keep, Window(now - policy.window(), minimum_redundancy));
}

}  // namespace barman::catalog
