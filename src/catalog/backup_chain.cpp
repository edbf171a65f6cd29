#include "barman/catalog/backup_chain.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/fs/file.h"

namespace barman::catalog {
namespace {

std::optional<std::string> problem_of_member(const BackupCatalog& catalog, const BackupInfo& member, Look look) {
  const std::string& id = member.backup_id;
  if (!member.copy_done()) return fmt::format("backup {} has status {}", id, member.status_text);
  if (catalog.is_half_deleted(id)) return fmt::format("backup {} is half-deleted: its deletion was interrupted", id);
  if (look == Look::entries || catalog.elsewhere()) return std::nullopt;
  const std::string data = catalog.data_directory(id);
  if (!fs::is_directory(data)) return fmt::format("the files of backup {} are gone: there is no '{}'", id, data);
  if (!fs::is_regular_file(data + "/backup_manifest"))
    return fmt::format("backup {} has no manifest: there is no '{}/backup_manifest'", id, data);
  return std::nullopt;
}

}  // namespace

BackupChain chain_of(const FindBackup& find, const BackupInfo& backup) {
  BackupChain chain{{&backup}, std::nullopt};
  while (chain.members.back()->type() == BackupType::incremental) {
    const std::string& parent_id = *chain.members.back()->parent_backup_id;
    const BackupInfo* parent = find(parent_id);
    if (parent == nullptr || std::ranges::find(chain.members, parent) != chain.members.end()) {
      chain.missing = parent_id;
      break;
    }
    chain.members.push_back(parent);
  }
  std::ranges::reverse(chain.members);
  return chain;
}

BackupChain chain_of(const BackupCatalog& catalog, const BackupInfo& backup) {
  return chain_of([&catalog](const std::string& id) { return catalog.find(id); }, backup);
}

std::optional<std::string> problem_of(const BackupCatalog& catalog, const BackupChain& chain, Look look) {
  if (chain.missing) {
    const std::string& child = chain.root().backup_id;
    if (catalog.unreadable().contains(*chain.missing))
      return fmt::format("backup {}, the parent of {}, cannot be read", *chain.missing, child);
    if (catalog.find(*chain.missing) != nullptr)
      return fmt::format("backup {} is its own ancestor, by way of its parent {}", child, *chain.missing);
    return fmt::format("backup {}, the parent of {}, is not in the catalogue", *chain.missing, child);
  }
  for (const BackupInfo* member : chain.members)
    if (auto problem = problem_of_member(catalog, *member, look)) return problem;
  return std::nullopt;
}

Descent::Descent(const std::map<std::string, BackupInfo>& backups) {
  for (const auto& [id, backup] : backups)
    if (backup.type() == BackupType::incremental) by_parent_[*backup.parent_backup_id].push_back(id);
}

std::vector<std::string> Descent::children(const BackupInfo& backup) const {
  std::vector<std::string> ids = backup.children();
  if (const auto others = by_parent_.find(backup.backup_id); others != by_parent_.end())
    for (const std::string& id : others->second)
      if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
  return ids;
}

}  // namespace barman::catalog
