#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "barman/catalog/backup_info.h"
#include "barman/config/server_config.h"
#include "barman/exec/retry.h"
#include "barman/report/progress.h"
#include "barman/server/server_context.h"

// Base backups of a running server (algorithms.md section 4), by rsync or by pg_basebackup.
namespace barman::backup {

// One backup, as asked for: the command line over the configuration.
struct Request {
  bool immediate_checkpoint = false;
  config::ReuseBackup reuse = config::ReuseBackup::off;
  exec::RetryPolicy retry;
  std::int64_t jobs = 1, jobs_start_batch_size = 10, jobs_start_batch_period = 1;
  std::int64_t bandwidth_limit = 0;      // kB/s, 0: none
  std::int64_t keepalive_interval = 60;  // seconds, 0: no heartbeat
  std::optional<std::string> name;
  std::optional<std::string> parent;  // id, of a block-level incremental backup (require_parent() in parent.h)
  bool manifest = false;              // rsync only
  bool wait = false;                  // until the end WAL is archived
  std::int64_t wait_timeout = 0;      // seconds, 0: no limit
};

// What this build does not do: Error(unsupported), before anything is touched.
void check_supported(const config::ServerConfig& config);

// Takes one backup under the server's backup lock, with its hooks, and saves every change of its status. However it
// ends, PostgreSQL is out of backup mode and no child is left. A failure is reported to the notifier and leaves status
// FAILED with the cause; only what happens before there is an entry in the catalogue is thrown: Error(lock_busy),
// Error(postgres), ...
struct Result {
  catalog::BackupInfo info;  // as when the copy (and --wait) was over
  bool interrupted = false;  // by a signal, which is forgotten now
};
Result take_backup(const Request& request, ServerContext& server, Progress& progress);

// What killed backups left that should have been encrypted and is not goes, and they are FAILED; for cron. Does nothing
// while a backup runs.
void clear_killed_backups(ServerContext& server);

// What follows, without the lock: waiting WAL is archived, a backup that waits for its WAL is checked, WAL from before
// a first backup goes; warns if the backup still waits.
void finish_backup(const catalog::BackupInfo& info, ServerContext& server);

}  // namespace barman::backup
