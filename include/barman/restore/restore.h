#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/config/server_config.h"
#include "barman/exec/command.h"
#include "barman/fs/host.h"
#include "barman/report/backups.h"
#include "barman/report/notifier.h"
#include "barman/report/progress.h"
#include "barman/restore/request.h"

namespace barman::restore {

// What a restore works with. `target_host` is where the destination lies.
struct Collaborators {
  const config::ServerConfig& config;
  std::string barman_user;
  catalog::BackupCatalog& backups;
  archive::WalArchive& archive;
  exec::Runner& local;
  fs::Host& local_host;
  fs::Host& target_host;
  Notifier& notifier;
  Progress& progress;
};

// Restores. Everything that can be refused is refused before the first byte is written.
report::RestoreReport restore(const RestoreRequest& request, const catalog::BackupInfo& backup,
                              const Collaborators& with);

}  // namespace barman::restore
