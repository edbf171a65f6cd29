#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
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

// One pass over the index. WAL behind `last_wal`; without it, WAL from the begin of the oldest backup on. Throws
// Error(refused) for a last_wal outside the index.
SyncInfo collect_sync_info(const BackupCatalog& backups, const XlogDb& xlogdb,
                           const std::optional<std::string>& last_wal);

}  // namespace barman::catalog
