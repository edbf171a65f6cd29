#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/app/copy_options.h"
#include "barman/app/recovery_target.h"
#include "barman/report/backups.h"
#include "barman/report/progress.h"
#include "barman/report/restore_plan.h"
#include "barman/server/server_context.h"

namespace barman::app {

// One restore, as asked for. What is unset is as configured.
struct RestoreOptions {
  std::string backup;       // id, name, shortcut, or "auto": the newest that recovery to the target can start from
  std::string destination;  // may be relative where it is on this machine
  RecoveryTarget target;
  std::vector<std::string> tablespaces;  // "NAME:LOCATION"
  std::optional<std::string> remote_ssh_command, staging_wal_directory;
  CopyOptions copy;
  std::optional<bool> get_wal, network_compression, delta_restore;
  bool partial_wal = false, skip_archive_wal = false, standby_mode = false;
  std::optional<std::string> staging_path, recovery_staging_path, local_staging_path;
  std::optional<config::StagingLocation> staging_location;
  std::optional<std::string> combine_mode;  // of the option's choices
  std::optional<std::string> recovery_conf_filename, recovery_option_port, restore_command;
  std::optional<std::string> snapshot_instance;
  bool no_target_check = false;  // restore even where the archived WAL does not reach the target
};

// `barman restore`: archives waiting WAL, and restores between the hooks. Throws Error; what can be refused is refused
// before the first byte is written.
report::RestoreReport restore(ServerContext& server, const RestoreOptions& options, Progress& progress);

// `barman restore --dry-run`: what the same restore would do, and where recovery would end. The destination may be
// empty: then nothing is said of it. Writes nothing, and archives no WAL that waits. Throws Error for what a restore
// refuses before it looks at the WAL.
report::RestorePlan plan_restore(ServerContext& server, const RestoreOptions& options);

}  // namespace barman::app
