#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/config/server_config.h"
#include "barman/exec/command.h"
#include "barman/report/notifier.h"
#include "barman/report/progress.h"

namespace barman::backup {

// Compares the files of a backup with its backup_manifest: by pg_verifybackup if the server's path has one that is not
// older than the backup's server, otherwise here (algorithms.md 16.4). Problems are reported as errors; nothing is
// thrown for them.
void verify_backup(const config::ServerConfig& config, const catalog::BackupInfo& backup,
                   const std::string& data_directory, exec::Runner& local, Notifier& notifier, Progress& progress);

// What a directory and its backup_manifest disagree about, in pg_verifybackup's words.
struct ManifestProblems {
  static constexpr std::size_t most_shown = 1000;
  std::vector<std::string> shown;
  std::uint64_t count = 0;
};

// Compares every file below `data_directory` with its backup_manifest, as pg_verifybackup --no-parse-wal does: missing
// and additional files, sizes, checksums; links are followed. Files are read on all cores; memory is eight bytes a
// file. A manifest that is missing or damaged is the only problem then.
// Reports the bytes read to `progress`, which is started already.
ManifestProblems check_against_manifest(const std::string& data_directory, Progress& progress);

}  // namespace barman::backup
