#include <fmt/core.h>

#include <algorithm>

#include "barman/backup/deletion.h"

// The decisions of a deletion; deletion.cpp carries them out.
namespace barman::backup {

using catalog::BackupInfo;

DeletionPlan plan_deletion(const catalog::BackupCatalog& catalog, const BackupInfo& backup, const Keeps& keep,
                           Requester requester, const config::ServerConfig& config, const std::set<std::string>& gone) {
  DeletionPlan plan;
  plan.id = backup.backup_id;
  if (!catalog.elsewhere()) {
    for (const catalog::Tablespace& space : backup.tablespaces.value_or(std::vector<catalog::Tablespace>{}))
      plan.directories.push_back(catalog.tablespace_directory(backup.backup_id, space.oid));
    plan.directories.push_back(catalog.data_directory(backup.backup_id));
  }
  std::vector<const BackupInfo*> others = catalog.in_order_with_unreadable();
  std::erase_if(others, [&gone](const BackupInfo* other) { return gone.contains(other->backup_id); });
  plan.wal_rule = rule_for_deletion(others, backup, keep, requester, config);
  if (backup.parent_backup_id && catalog.find(*backup.parent_backup_id)) plan.parent_id = backup.parent_backup_id;
  const BackupInfo* next = catalog.next(backup);
  if (next && next->type() == catalog::BackupType::rsync) plan.resized_id = next->backup_id;
  return plan;
}

std::optional<std::string> refusal(const catalog::BackupCatalog& catalog, const BackupInfo& backup, const Keeps& keep,
                                   const config::ServerConfig& config) {
  if (keep(backup.backup_id))
    return fmt::format(
        "Skipping delete of backup {} for server {} as it has a current keep request. If you really want to "
        "delete this backup please remove the keep and try again.",
        backup.backup_id, config.name);
  const int redundancy = catalog.done_full_count();
  if (catalog.is_half_deleted(backup.backup_id)) return std::nullopt;  // it was not refused when it began
  if (backup.status == catalog::BackupStatus::done && backup.type() != catalog::BackupType::incremental &&
      config.minimum_redundancy >= redundancy)
    return fmt::format(
        "Skipping delete of backup {} for server {} due to minimum redundancy requirements (minimum "
        "redundancy = {}, current redundancy = {})",
        backup.backup_id, config.name, config.minimum_redundancy, redundancy);
  return std::nullopt;
}

std::vector<std::string> deletion_order(const catalog::FindBackup& find, const catalog::Descent& descent,
                                        const std::string& id) {
  std::vector<std::string> order;  // parents first, reversed at the end
  std::vector<std::string> pending{id};
  while (!pending.empty()) {
    const std::string at = pending.back();
    pending.pop_back();
    const BackupInfo* found = find(at);
    if (!found || std::ranges::find(order, at) != order.end()) continue;
    order.push_back(at);
    const auto children = descent.children(*found);
    pending.insert(pending.end(), children.begin(), children.end());
  }
  std::ranges::reverse(order);
  return order;
}

}  // namespace barman::backup
