#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "barman/app/check.h"
#include "barman/app/copy_options.h"
#include "barman/catalog/backup_info.h"
#include "barman/report/progress.h"
#include "barman/server/server_context.h"

namespace barman::app {

// One backup, as asked for. What is unset is as configured.
struct BackupOptions {
  std::optional<bool> immediate_checkpoint, manifest;
  std::optional<config::ReuseBackup> reuse;
  CopyOptions copy;
  std::optional<std::string> parent;  // of a block-level incremental backup
  std::optional<std::string> name;
  std::optional<std::int64_t> keepalive_interval;  // seconds, 0: no heartbeat
  CheckTimeout check_timeout;
  bool wait = false;              // until the end WAL is archived
  std::int64_t wait_timeout = 0;  // seconds, 0: for ever
};

// Why a backup cannot have this name; nullopt: it can.
std::optional<std::string> problem_of_backup_name(const std::string& name);

// `barman backup` of one server: checks it, takes the backup, and archives what the backup waits for. `copied` gets the
// backup as soon as its copy is over, however that ended; what follows may take longer. Throws Error for what is
// refused before there is an entry in the catalogue; a later failure is an error of the notifier. False: a signal has
// ended the copy, and is forgotten.
bool take_backup(ServerContext& server, const BackupOptions& options, Progress& progress,
                 const std::function<void(const catalog::BackupInfo&)>& copied);

}  // namespace barman::app
