#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"

namespace barman::catalog {

// What a passive node is told of a server (formats.md section 12).
struct SyncInfo {
  std::string last_name;           // of the last line of the index; empty: there is none
  std::int64_t last_position = 0;  // where that line begins
  std::map<std::string, BackupInfo> backups;
  std::vector<WalEntry> wals;
};

// Where the WAL begins that the backups of the catalogue need: the lowest begin of all, whatever the order of their
// ids.
std::optional<std::string> first_needed_wal(const BackupCatalog& backups);

// One pass over the index. WAL behind `last_wal`; without it, WAL from the first that a backup needs on, or all. Only
// what is there is told: a passive node would ask for the rest in vain, and get nothing at all. Throws Error(refused)
// for a last_wal outside the index.
using IsArchived = std::function<bool(std::string_view name)>;
SyncInfo collect_sync_info(const BackupCatalog& backups, const XlogDb& xlogdb,
                           const std::optional<std::string>& last_wal, const IsArchived& is_archived);

}  // namespace barman::catalog
