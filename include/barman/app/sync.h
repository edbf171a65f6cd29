#pragma once
#include <optional>
#include <string>

#include "barman/catalog/sync_info.h"
#include "barman/report/progress.h"
#include "barman/server/server_context.h"

// The work of a passive node (algorithms.md section 17).
namespace barman::app {

// Runs sync-info on the primary node, keeps the answer in primary.info and returns it. Error(remote) "sync-info
// execution on remote primary server {S} failed: ...", Error(refused) for a server that is not passive.
std::string fetch_primary_info(ServerContext& server, const std::optional<catalog::SyncPoint>& from);

// The answer to sync-info: what this server's archive has, of WAL only what comes behind `last_wal`.
catalog::SyncInfo sync_info(ServerContext& server, const std::optional<std::string>& last_wal);

// `barman sync-backup` and `barman sync-wals`, under their locks. Reports when there is nothing to do.
void sync_backup(ServerContext& server, const std::string& id, Progress& progress);
void sync_wals(ServerContext& server);

// The part of cron: asks the primary node, and starts the copy of one backup and of WAL where there is something to
// copy. Reports failures through the notifier.
void sync_by_cron(ServerContext& server, bool keep_descriptors);

}  // namespace barman::app
