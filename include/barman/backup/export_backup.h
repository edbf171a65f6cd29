#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/codec/codec.h"
#include "barman/config/server_config.h"
#include "barman/fs/lock_file.h"
#include "barman/report/notifier.h"
#include "barman/report/progress.h"

// A backup and the WAL that makes it consistent, as one file (formats.md section 17).
namespace barman::backup {

struct ExportRequest {
  std::string argument;  // the backup as it was named by the operator
  std::string id;
  std::string directory;
  std::optional<codec::Algorithm> compression;  // gzip, bzip2 or xz
  std::optional<std::int64_t> level;
};

struct ExportCollaborators {
  const config::ServerConfig& config;
  const fs::LockDirectory& locks;
  const catalog::BackupCatalog& backups;
  archive::WalArchive& archive;
  const std::function<std::string()>& host_description;  // the content of barman.json
  Notifier& notifier;
  Progress& progress;
};

// Writes the tarball, durable, into the directory, under the lock of the backup id; nothing is left there when that
// fails. Throws Error(refused) for what cannot be exported, or could not be imported again.
void export_backup(const ExportRequest& request, const ExportCollaborators& with);

}  // namespace barman::backup
