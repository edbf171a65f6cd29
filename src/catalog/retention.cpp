#include "barman/catalog/retention.h"

#include <fmt/core.h>

#include <algorithm>

namespace barman::catalog {
namespace {

using Backups = std::map<std::string, BackupInfo>;
using Report = std::map<std::string, RetentionStatus>;

// What the walk over full backups says about one of them, and what a standalone keep of it means for its increments.
struct Verdict {
  RetentionStatus status = RetentionStatus::none;
  bool needed_without_keep = true;
};

// Judges DONE full backups, newest first.
class Redundancy {
 public:
  explicit Redundancy(std::int64_t wanted) : wanted_(wanted) {}
  Verdict judge(const BackupInfo&) {
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
  Verdict judge(const BackupInfo& backup) {
    if (covered_) {
      if (kept_ >= minimum_) return {RetentionStatus::obsolete, false};
      ++kept_;
      return {RetentionStatus::potentially_obsolete, false};
    }
    ++kept_;
    covered_ = backup.end_time && *backup.end_time < horizon_;
    return {RetentionStatus::valid, true};
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

void mark_descendants(const Backups& backups, const BackupInfo& parent, RetentionStatus status, Report& report) {
  std::vector<const BackupInfo*> pending{&parent};
  while (!pending.empty()) {
    const BackupInfo* at = pending.back();
    pending.pop_back();
    for (const std::string& id : at->children()) {
      const auto child = backups.find(id);
      if (child == backups.end() || child->second.status == BackupStatus::empty) continue;
      if (const auto known = report.find(id); known != report.end() && known->second == status) continue;
      report[id] = status;
      pending.push_back(&child->second);
    }
  }
}

template <typename Judge>
Report walk(const Backups& backups, const std::function<std::optional<KeepTarget>(const std::string&)>& keep,
            Judge judge) {
  Report report;
  for (auto at = backups.rbegin(); at != backups.rend(); ++at) {
    const auto& [id, backup] = *at;
    if (backup.status == BackupStatus::empty || backup.type() == BackupType::incremental) continue;
    Verdict verdict;
    if (backup.status == BackupStatus::done) {
      verdict = judge.judge(backup);
      if (const auto target = keep(id))
        verdict.status =
            *target == KeepTarget::standalone ? RetentionStatus::keep_standalone : RetentionStatus::keep_full;
    }
    report[id] = verdict.status;
    mark_descendants(backups, backup, of_increments(verdict.status, verdict.needed_without_keep), report);
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
    const Timestamp& now) {
  if (policy.kind == config::RetentionPolicy::Kind::redundancy)
    return walk(backups, keep, Redundancy(std::max<std::int64_t>(policy.value, minimum_redundancy)));
  return walk(backups, keep, Window(now - policy.window(), minimum_redundancy));
}

}  // namespace barman::catalog
