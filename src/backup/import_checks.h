#pragma once
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/catalog/identity.h"
#include "barman/catalog/xlogdb.h"
#include "barman/config/server_config.h"
#include "barman/report/notifier.h"
#include "unpack_tarball.h"

// What must hold before an unpacked backup is let into a catalogue.
namespace barman::backup {

struct ImportedBackup {
  catalog::BackupInfo info;
  std::vector<catalog::WalEntry> wals;  // ascending
};

// Throws Error(corrupt or refused) for the first thing that is missing or wrong in itself, or of another cluster.
ImportedBackup check_unpacked(const UnpackedTarball& unpacked, const std::string& id, const std::string& server,
                              const catalog::Identity& identity, Notifier& notifier);

// Throws Error(refused) if the archive holds anything else under the name of one of the WAL files in `directory`.
void check_wal_conflicts(const std::vector<catalog::WalEntry>& wals, const std::string& directory,
                         const config::ServerConfig& config, const catalog::XlogDb& xlogdb);

}  // namespace barman::backup
