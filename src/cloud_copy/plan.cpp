#include "plan.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/catalog/retention.h"
#include "barman/core/text.h"

namespace barman::cloud_copy {
namespace {

using catalog::BackupInfo;
using catalog::BackupStatus;
using catalog::KeepTarget;
using catalog::RetentionStatus;

std::optional<KeepTarget> find_keep(const KeepMap& keeps, const std::string& id) {
  const auto found = keeps.find(id);
  return found == keeps.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, RetentionStatus> judge(const Backups& backups, const KeepMap& keeps, const Policy& policy,
                                             const catalog::TimelineHistories& histories, const Timestamp& now) {
  if (!policy.retention) return {};
  return catalog::retention_report(
      backups, *policy.retention, policy.minimum_redundancy,
      [&](const std::string& id) { return find_keep(keeps, id); }, now, histories);
}

bool is_obsolete(const std::map<std::string, RetentionStatus>& report, const std::string& id) {
  const auto found = report.find(id);
  return found != report.end() && found->second == RetentionStatus::obsolete;
}

std::optional<std::string> reason_against(const BackupInfo& backup) {
  if (backup.type() == catalog::BackupType::snapshot) return "it consists of snapshots of disks";
  if (backup.encryption) return "it is encrypted, and the copy has no place for that";
  if (!is_wal_segment(backup.begin_wal.value_or("")) || !is_wal_segment(backup.end_wal.value_or("")))
    return "its entry does not say which WAL it needs";
  return std::nullopt;
}

bool uses_wal(const BackupInfo& backup) {
  return backup.copy_done() || backup.status == BackupStatus::started || backup.status == BackupStatus::syncing;
}

class Planner {
 public:
  Planner(const Catalogues& catalogues, const Policy& policy, const Timestamp& now)
      : catalogues_(catalogues), policy_(policy), now_(now), all_(catalogues.copy), keeps_(catalogues.copy_keeps) {}

  CopyPlan run() {
    choose();
    plan_wal();
    change_keeps();
    change_entries();
    plan_.obsolete = obsolete_backups(catalogues_.copy, keeps_of_copy(), policy_, catalogues_.histories, now_);
    return std::move(plan_);
  }

 private:
  // Whom the policy would call obsolete at once is not copied at all.
  void choose() {
    std::vector<const BackupInfo*> candidates = candidates_in_order();
    for (const auto& [id, keep] : catalogues_.local_keeps) keeps_.insert_or_assign(id, keep);
    report_ = judge(all_, keeps_, policy_, catalogues_.histories, now_);
    for (const BackupInfo* backup : candidates)
      if (!is_obsolete(report_, backup->backup_id)) plan_.backups.push_back(backup->backup_id);
  }

  std::vector<const BackupInfo*> candidates_in_order() {
    std::vector<const BackupInfo*> candidates;
    for (const BackupInfo* backup : catalog::in_order(catalogues_.local, catalogues_.histories)) {
      if (backup->status != BackupStatus::done || catalogues_.copy.contains(backup->backup_id)) continue;
      auto reason = reason_against(*backup);
      const auto& parent = backup->parent_backup_id;
      if (!reason && parent && !all_.contains(*parent))
        reason = fmt::format("the backup that it is based on, {}, is not and will not be in the copy", *parent);
      if (reason) {
        plan_.refused.push_back({fmt::format("backup {}", backup->backup_id), *reason});
        continue;
      }
      candidates.push_back(backup);
      all_.emplace(backup->backup_id, *backup);
    }
    return candidates;
  }

  void plan_wal() {
    for (const auto& [id, backup] : all_)
      if (!is_obsolete(report_, id)) keep_wal_of(backup);
    for (const auto& [id, backup] : catalogues_.local)
      if (backup.status != BackupStatus::done && uses_wal(backup)) keep_wal_of(backup);
  }

  void keep_wal_of(const BackupInfo& backup) {
    const auto begin = parse_segment(backup.begin_wal.value_or(""));
    if (!begin) return;
    if (find_keep(keeps_, backup.backup_id) == KeepTarget::standalone && backup.end_wal)
      plan_.wal.protected_ranges.emplace_back(*backup.begin_wal, *backup.end_wal);
    else
      plan_.wal.keep_from(*begin);
  }

  // Of a backup that is gone here, the copy's own word counts.
  KeepMap keeps_of_copy() const {
    KeepMap keeps = catalogues_.copy_keeps;
    for (const auto& [id, keep] : plan_.keeps) {
      keeps.erase(id);
      if (keep) keeps.emplace(id, *keep);
    }
    return keeps;
  }

  void change_keeps() {
    for (const auto& [id, backup] : catalogues_.copy) {
      if (!catalogues_.local.contains(id)) continue;
      const auto wanted = find_keep(catalogues_.local_keeps, id);
      const bool is_theirs = catalogues_.kept_there.contains(id);
      if (wanted ? is_theirs || wanted != find_keep(catalogues_.copy_keeps, id)
                 : !is_theirs && catalogues_.copy_keeps.contains(id))
        plan_.keeps.emplace(id, wanted);
    }
  }

  void change_entries() {
    for (const auto& [id, backup] : catalogues_.copy) {
      const auto local = catalogues_.local.find(id);
      const bool here = local != catalogues_.local.end() && local->second.status == BackupStatus::done;
      const std::string wanted = copied_entry(here ? local->second : backup, children_in_copy(id));
      if (wanted != serialize(backup)) plan_.entries.emplace(id, wanted);
    }
  }

  std::vector<std::string> children_in_copy(const std::string& id) const {
    std::vector<std::string> children;
    for (const auto& [other, backup] : catalogues_.copy)
      if (backup.parent_backup_id == id) children.push_back(other);
    return children;
  }

  const Catalogues& catalogues_;
  const Policy& policy_;
  const Timestamp now_;
  Backups all_;    // of the copy, and those that may join them
  KeepMap keeps_;  // of all of these
  std::map<std::string, RetentionStatus> report_;
  CopyPlan plan_;
};

}  // namespace

Policy policy_of(const config::ServerConfig& config) {
  return {config.cloud_copy_retention_policy, config.minimum_redundancy};
}

CopyPlan plan_copy(const Catalogues& catalogues, const Policy& policy, const Timestamp& now) {
  return Planner(catalogues, policy, now).run();
}

std::string copied_entry(const BackupInfo& info, const std::vector<std::string>& children) {
  BackupInfo copy = info;
  copy.compression.reset();
  copy.children_backup_ids.reset();
  if (!children.empty()) copy.children_backup_ids = join(children, ",");
  return serialize(copy);
}

std::vector<std::string> obsolete_backups(const Backups& copy, const KeepMap& keeps, const Policy& policy,
                                          const catalog::TimelineHistories& histories, const Timestamp& now) {
  const auto report = judge(copy, keeps, policy, histories, now);
  std::vector<std::string> obsolete;
  for (const BackupInfo* backup : catalog::in_order(copy, histories))
    if (is_obsolete(report, backup->backup_id)) obsolete.push_back(backup->backup_id);
  std::ranges::reverse(obsolete);  // so that whatever is left at any moment can be restored
  return obsolete;
}

}  // namespace barman::cloud_copy
