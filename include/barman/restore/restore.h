#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/config/server_config.h"
#include "barman/fs/host.h"
#include "barman/report/backups.h"
#include "barman/report/progress.h"
#include "barman/restore/request.h"
#include "barman/server/server_context.h"

namespace barman::restore {

// What a restore works with: the server whose backup it is, and where it goes.
struct RestoreRun {
  ServerContext& server;
  fs::Host& target_host;
  Progress& progress;
};

// Restores. Everything that can be refused is refused before the first byte is written.
report::RestoreReport restore(const RestoreRequest& request, const catalog::BackupInfo& backup, const RestoreRun& run);

}  // namespace barman::restore
