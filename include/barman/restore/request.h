#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/config/server_config.h"
#include "barman/exec/retry.h"
#include "barman/fs/host.h"
#include "barman/report/notifier.h"
#include "barman/restore/chain.h"
#include "barman/restore/combination.h"
#include "barman/restore/target.h"

// What a restore is asked for, and when it is refused.
namespace barman::restore {

inline constexpr std::string_view default_staging_path = "/tmp";

// One restore, as asked for: the command line over the configuration.
struct RestoreRequest {
  std::string backup_argument;  // as typed, for messages
  std::string destination;
  TargetRequest target;
  std::map<std::string, std::string> relocations;  // tablespace name to location
  std::optional<std::string> remote_ssh_command;
  std::optional<std::string> staging_wal_directory;
  bool get_wal = false;
  bool standby_mode = false;
  bool partial_wal = false;
  bool delta = false;  // destination need not be empty
  bool network_compression = false;
  std::optional<std::string> staging_path;  // absolute; default_staging_path when needed and unset
  config::StagingLocation staging_location = config::StagingLocation::local;
  std::optional<std::string> wal_staging_path;  // of this host, for WAL; $TMPDIR or /tmp when needed and unset
  // False: a work area was named, but not for this purpose.
  bool staging_for_decryption = true, staging_for_decompression = true, staging_for_combination = true;
  CombineMode combine_mode = CombineMode::copy;
  std::int64_t bandwidth_limit = 0;  // kB/s
  // It counts for all that is read out of the catalogue, also for what never leaves this host: archives that are
  // downloaded or unpacked here, WAL. What pg_combinebackup reads is not limited.
  bool limits_everything = false;
  std::int64_t jobs = 1, jobs_start_batch_size = 10, jobs_start_batch_period = 1;
  exec::RetryPolicy retry;
  std::optional<std::string> recovery_conf_filename;
  std::optional<std::string> recovery_option_port;
  std::optional<std::string> restore_command;
  bool no_target_check = false;  // restore even where the target cannot be reached
  bool dry_run = false;          // nothing is written
};

// Newest backup that a recovery to this target can start from (the backup argument `auto`). Throws Error(refused).
const catalog::BackupInfo& choose_backup(const catalog::BackupCatalog& backups, const TargetRequest& target,
                                         std::optional<std::uint32_t> highest_timeline);

// "NAME:LOCATION" rules. Throws Error(refused) for a malformed one.
std::map<std::string, std::string> parse_relocations(const std::vector<std::string>& rules);

// Refusals that need nothing but the request and the backups, as Error(refused): first whether this backup can be
// restored at all, then whether the chain can be in this way, then whether it fits the requested places. Nothing has
// been touched when they throw.
void check_restorable(const RestoreRequest& request, const catalog::BackupInfo& backup,
                      const config::ServerConfig& config);
void check_staging(const RestoreRequest& request, const Chain& chain, const config::ServerConfig& config);
void check_placement(const RestoreRequest& request, const Chain& chain);
// Refusals that look at the target host: unreachable, a PostgreSQL server at work in the destination or on a tablespace
// location, one of them not empty.
void check_destination(const RestoreRequest& request, const catalog::BackupInfo& backup, fs::Host& target_host,
                       Notifier& notifier);

}  // namespace barman::restore
