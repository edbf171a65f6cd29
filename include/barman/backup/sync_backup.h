#pragma once
#include <optional>
#include <string>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/sync_info.h"
#include "barman/config/server_config.h"
#include "barman/core/time.h"
#include "barman/report/progress.h"
#include "barman/server/server_context.h"

// Copies of the primary node's backups on a passive node (algorithms.md 17.3, 17.4).
namespace barman::backup {

enum class SyncNeed {
  copy,
  synced,      // it is here
  local_only,  // it is here, and gone there
  obsolete,    // this node's retention policy would remove it at once
  purge,       // gone there before it was complete here
  absent,      // neither here nor there
};

// Pure. `local`: status of the entry here, if there is one.
SyncNeed judge_sync(std::optional<catalog::BackupStatus> local, bool on_primary, bool obsolete);

// The same for one backup of the primary, under this node's policy.
SyncNeed sync_need(const config::ServerConfig& config, const catalog::BackupCatalog& backups,
                   const catalog::Annotations& annotations, const catalog::PrimaryInfo& primary, const std::string& id,
                   const Timestamp& now);

// Copies one backup: SYNCING in the catalogue while it lasts, DONE once all of it is on disk, FAILED with the cause
// otherwise, which is then thrown as "failure syncing server {S} backup {ID}: {cause}". What an earlier attempt has
// left is used again.
void sync_backup(ServerContext& server, Progress& progress, const catalog::PrimaryInfo& primary, const std::string& id);

}  // namespace barman::backup
