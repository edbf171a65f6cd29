#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_info.h"

namespace barman::catalog {

// A backup and the ancestors without which it cannot be restored. Of any other than a block-level incremental one: it
// alone.
struct BackupChain {
  std::vector<const BackupInfo*> members;  // the full backup first, the backup itself last
  // The parent of the first member, where the catalogue does not have it, cannot read it, or has it further down in
  // the same chain: nothing above it is known, and the backup cannot be restored.
  std::optional<std::string> missing;
  const BackupInfo& root() const { return *members.front(); }
  bool is_torn() const { return missing.has_value(); }
};

using FindBackup = std::function<const BackupInfo*(const std::string&)>;  // nullptr: there is none
BackupChain chain_of(const FindBackup& find, const BackupInfo& backup);
BackupChain chain_of(const BackupCatalog& catalog, const BackupInfo& backup);

// Why what the catalogue has of a chain does not make a restorable backup: a member is missing, its copy is not done,
// it is half-deleted, or (looking at files, too) its data or manifest is gone. nullopt: all is there.
enum class Look { entries, files };
std::optional<std::string> problem_of(const BackupCatalog& catalog, const BackupChain& chain, Look look = Look::files);

// Who was taken on top of whom. What a backup lists as its children counts, and so does what an entry names as its
// parent: of a child that was killed only the latter is known.
class Descent {
 public:
  explicit Descent(const std::map<std::string, BackupInfo>& backups);
  // Those that the backup lists, in that order, there or not; then the others.
  std::vector<std::string> children(const BackupInfo& backup) const;

 private:
  std::map<std::string, std::vector<std::string>> by_parent_;
};

}  // namespace barman::catalog
