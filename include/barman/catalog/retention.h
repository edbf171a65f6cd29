#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_info.h"
#include "barman/catalog/backup_order.h"
#include "barman/config/server_config.h"

namespace barman::catalog {

enum class RetentionStatus { valid, obsolete, potentially_obsolete, keep_full, keep_standalone, none };
std::string_view to_string(
    RetentionStatus status);  // "VALID", "OBSOLETE", "OBSOLETE*", "KEEP:FULL", "KEEP:STANDALONE", "-"

// Why a backup stays or goes: which rule says so, and what it has found, for people.
struct RetentionReason {
  enum class Rule {
    policy,
    minimum_redundancy,
    keep_full,
    keep_standalone,
    calendar,
    root,         // an incremental backup: as the backup at the root of its chain
    children,     // other backups that stay were taken on top of it
    running,      // its copy is not complete
    status,       // no rule judges a backup of this status
    half_deleted  // its deletion has begun
  };
  Rule rule = Rule::policy;
  std::string detail;
  friend bool operator==(const RetentionReason&, const RetentionReason&) = default;
};
std::string_view to_string(RetentionReason::Rule rule);  // "policy", "minimum_redundancy", ...

struct RetentionVerdict {
  RetentionStatus status = RetentionStatus::none;
  RetentionStatus by_policy = RetentionStatus::none;  // the same if nobody had asked to keep it
  std::vector<RetentionReason> reasons;               // the one that decides comes first
};

// algorithms.md section 12: a pure function of the backups, the policy, the keeps and the time. The newest are those
// that were taken last (backup_order.h).
std::map<std::string, RetentionVerdict> retention_verdicts(
    const std::map<std::string, BackupInfo>& backups, const config::RetentionPolicy& policy,
    std::int64_t minimum_redundancy, const std::function<std::optional<KeepTarget>(const std::string&)>& keep,
    const Timestamp& now, const TimelineHistories& histories = {});

// A DONE full backup, which retention counts, and when it had ended at the earliest (unset: that is not known).
struct CountedBackup {
  const BackupInfo* backup = nullptr;
  std::optional<Timestamp> ended;
};
// Newest first. Of `backups`, which they point to.
std::vector<CountedBackup> counted_backups(const std::map<std::string, BackupInfo>& backups, const Timestamp& now,
                                           const TimelineHistories& histories = {});

// What they come to.
std::map<std::string, RetentionStatus> retention_report(
    const std::map<std::string, BackupInfo>& backups, const config::RetentionPolicy& policy,
    std::int64_t minimum_redundancy, const std::function<std::optional<KeepTarget>(const std::string&)>& keep,
    const Timestamp& now, const TimelineHistories& histories = {});

}  // namespace barman::catalog
