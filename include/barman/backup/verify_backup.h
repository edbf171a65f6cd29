#pragma once
#include <string>

#include "barman/catalog/backup_info.h"
#include "barman/config/server_config.h"
#include "barman/exec/command.h"
#include "barman/report/notifier.h"
#include "barman/report/progress.h"

namespace barman::backup {

// Compares the files of a backup with its backup_manifest: by pg_verifybackup if the server's path has one, otherwise
// here (algorithms.md 16.4). Problems are reported as errors; nothing is thrown for them.
void verify_backup(const config::ServerConfig& config, const catalog::BackupInfo& backup,
                   const std::string& data_directory, exec::Runner& local, Notifier& notifier, Progress& progress);

}  // namespace barman::backup
