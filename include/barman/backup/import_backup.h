#pragma once
#include <string>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/config/server_config.h"
#include "barman/fs/lock_file.h"
#include "barman/report/notifier.h"

// The way back of an exported backup (formats.md section 17).
namespace barman::backup {

struct ImportCollaborators {
  const config::ServerConfig& config;
  const fs::LockDirectory& locks;
  catalog::BackupCatalog& backups;
  catalog::Annotations& annotations;
  archive::WalArchive& archive;
  Notifier& notifier;
};

// Unpacks into base/.import-*, looks at everything, and only then moves it into the catalogue: WAL, its lines of the
// index, the tree, a keep, and last backup.info. Whatever stops it before that leaves nothing that shows as a backup;
// what a killed import has left there is removed by the next one. Throws Error for what is refused.
void import_backup(const std::string& tarball, const ImportCollaborators& with);

}  // namespace barman::backup
