#include "barman/app/restore.h"

#include <fmt/core.h>

#include "barman/app/wal.h"
#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/drill/estimate.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/hooks/hooks.h"
#include "barman/restore/measured_restores.h"
#include "barman/restore/restore.h"
#include "second_copy.h"
#include "target_request.h"

namespace barman::app {
namespace {

constexpr std::string_view deprecated_staging =
    "recovery_staging_path and local_staging_path, and their equivalent CLI options --recovery-staging-path and "
    "--local-staging-path, are deprecated and will be removed in a future release. Please use staging_path and "
    "staging_location, and their equivalent CLI options --staging-path and --staging-location, instead.";

void require_absolute(const std::optional<std::string>& path, std::string_view what) {
  if (path && !path->starts_with('/'))
    throw Error(Errc::refused,
                fmt::format("Cannot parse {}: Invalid value : '{}' (must be an absolute path)", what, *path));
}

std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  return fs::real_path(".") + "/" + path;
}

// The deprecated options name a work area for one purpose each, the new pair for every purpose.
struct DeprecatedStaging {
  config::Text decompression, other;
  bool used() const { return decompression || other; }
};

DeprecatedStaging deprecated_staging_of(const RestoreOptions& options, const config::ServerConfig& config) {
  return {.decompression = options.recovery_staging_path ? options.recovery_staging_path : config.recovery_staging_path,
          .other = options.local_staging_path ? options.local_staging_path : config.local_staging_path};
}

// `packed`: something has to be decompressed, which has a deprecated option of its own.
void choose_staging(restore::RestoreRequest& request, const RestoreOptions& options, const config::ServerConfig& config,
                    bool packed) {
  request.staging_path = options.staging_path ? options.staging_path : config.staging_path;
  request.staging_location = config.staging_location;
  if (!options.remote_ssh_command) request.staging_location = config::StagingLocation::local;
  if (options.staging_location) request.staging_location = *options.staging_location;  // what is asked for counts
  const DeprecatedStaging deprecated = deprecated_staging_of(options, config);
  request.wal_staging_path = deprecated.other;
  if (!request.wal_staging_path && request.staging_location == config::StagingLocation::local)
    request.wal_staging_path = request.staging_path;
  if (request.staging_path || !deprecated.used()) return;
  request.staging_for_decompression = deprecated.decompression.has_value();
  request.staging_for_decryption = request.staging_for_combination = deprecated.other.has_value();
  request.staging_path = packed && deprecated.decompression ? deprecated.decompression : deprecated.other;
  request.staging_location = config::StagingLocation::local;
}

restore::RestoreRequest make_request(const RestoreOptions& options, const config::ServerConfig& config, bool packed,
                                     Notifier& notifier) {
  restore::RestoreRequest request;
  request.backup_argument = options.backup;
  request.remote_ssh_command = options.remote_ssh_command;
  const bool as_given = options.remote_ssh_command || options.destination.empty();  // a dry run may have none
  request.destination = as_given ? options.destination : absolute(options.destination);
  request.target = target_request(options.target);
  request.staging_wal_directory = options.staging_wal_directory;
  request.get_wal = options.get_wal.value_or(config.recovery_options.contains("get-wal"));
  if (config.keeps_wal_in_store() && !request.get_wal) {
    notifier.warning(
        "get-wal is required for servers with WALs stored in cloud storage. Automatically enabling --get-wal.");
    request.get_wal = true;
  }
  request.delta = options.delta_restore.value_or(config.recovery_options.contains("delta-restore"));
  request.standby_mode = options.standby_mode;
  request.partial_wal = options.partial_wal;
  request.network_compression =
      options.network_compression.value_or(config.network_compression && options.remote_ssh_command.has_value());
  apply(options.copy, config, request);
  request.recovery_conf_filename = options.recovery_conf_filename;
  request.recovery_option_port = options.recovery_option_port;
  request.restore_command = options.restore_command;
  request.no_target_check = options.no_target_check;
  request.combine_mode = restore::parse_combine_mode(options.combine_mode.value_or(config.combine_mode));
  choose_staging(request, options, config, packed);
  return request;
}

// The other snapshot options are ignored without this one.
void refuse_snapshot_options(const RestoreOptions& options, const std::string& backup_id) {
  if (!options.snapshot_instance) return;
  throw Error(Errc::refused,
              fmt::format("Backup {} is not a snapshot backup but the following snapshot arguments have been used: "
                          "--snapshot-recovery-instance",
                          backup_id));
}

// What the hook scripts learn of the request.
hooks::RecoveryFacts recovery_facts(const restore::RestoreRequest& request, const RestoreOptions& options) {
  hooks::RecoveryFacts facts{.destination_directory = request.destination,
                             .tablespaces = request.relocations,
                             .remote_command = request.remote_ssh_command};
  const auto text = [&](const char* name, const std::optional<std::string>& value) {
    facts.options[name] = value.value_or("");
  };
  const RecoveryTarget& target = options.target;
  text("target_tli", target.tli);
  if (const auto number = parse_decimal(target.tli.value_or(""))) facts.options["target_tli"] = *number;
  text("target_time", target.time);
  text("target_xid", target.xid);
  text("target_lsn", target.lsn);
  text("target_name", target.name);
  text("target_action", target.action);
  text("recovery_conf_filename", options.recovery_conf_filename);
  text("recovery_option_port", options.recovery_option_port);
  text("custom_restore_command", options.restore_command);
  facts.options["target_immediate"] = target.immediate;
  facts.options["exclusive"] = target.exclusive;
  facts.options["standby_mode"] = options.standby_mode;
  facts.options["copy_partial"] = options.partial_wal;
  return facts;
}

const catalog::BackupInfo& find_backup(ServerContext& server, const RestoreOptions& options) {
  catalog::BackupCatalog& backups = server.backups();
  if (options.backup != "auto") return backups.resolve(options.backup);
  return restore::choose_backup(backups, target_request(options.target), server.archive().highest_timeline());
}

// Everything that needs no look at the target host is refused here, in the order in which Barman refuses it.
restore::RestoreRequest checked_request(ServerContext& server, const RestoreOptions& options,
                                        const catalog::BackupChain& whole) {
  const restore::Chain& chain = whole.members;
  const catalog::BackupInfo& backup = *chain.back();
  const config::ServerConfig& config = server.config();
  require_absolute(options.staging_path, "staging path");
  require_absolute(options.recovery_staging_path, "recovery staging path");
  require_absolute(options.local_staging_path, "local staging path");
  restore::RestoreRequest request = make_request(options, config, restore::any_packed(chain), server.notifier());
  restore::check_restorable(request, backup, config);
  restore::require_whole(whole, server.backups());
  restore::check_staging(request, chain, config);
  if ((chain.size() > 1 || restore::any_packed(chain)) && !options.staging_path && !config.staging_path &&
      deprecated_staging_of(options, config).used())
    server.notifier().warning(deprecated_staging);
  request.relocations = restore::parse_relocations(options.tablespaces);
  restore::check_placement(request, chain);
  refuse_snapshot_options(options, backup.backup_id);
  return request;
}

report::RestoreReport restore_from(ServerContext& server, const RestoreOptions& options, Progress& progress) {
  if (restore::count_exclusive_targets(target_request(options.target)) > 1)
    throw Error(Errc::refused, "You cannot specify multiple targets for the recovery operation");
  const config::ServerConfig& config = server.config();
  const catalog::BackupInfo& backup = find_backup(server, options);
  const catalog::BackupChain chain = catalog::chain_of(server.backups(), backup);
  const restore::RestoreRequest request = checked_request(server, options, chain);

  if (!options.skip_archive_wal) archive_pending_wal(server);
  const auto target_host = fs::make_host(request.remote_ssh_command, {}, config.patience(), config.search_path());
  restore::check_destination(request, backup, *target_host, server.notifier());
  const restore::RestoreRun run = {server, *target_host, progress};
  const restore::Preparation preparation = restore::prepare(request, chain.members, run);

  const hooks::Variables variables =
      hooks::recovery_variables(server.backups(), backup, recovery_facts(request, options));
  server.hooks().run_pre(hooks::Operation::recovery, variables);
  const report::RestoreReport report = restore::restore(request, chain.members, preparation, run);
  if (report.measured) restore::remember(config, server.locks(), *report.measured);
  server.hooks().run_post(hooks::Operation::recovery, variables);
  return report;
}

std::string why_chosen(const RestoreOptions& options, const catalog::BackupInfo& backup) {
  if (options.backup == backup.backup_id) return "as asked for";
  if (options.backup != "auto") return fmt::format("asked for as '{}'", options.backup);
  if (options.target.time) return "the newest that ended before the target time";
  if (options.target.lsn) return "the newest that ended before the target LSN";
  return "the newest";
}

std::optional<report::RestorePlan::Estimate> estimate(const report::RestorePlan& plan,
                                                      const config::ServerConfig& config) {
  if (plan.possible == false || !plan.wal) return std::nullopt;
  return drill::estimate(config, {plan.copy_bytes + plan.wal->copied_bytes, plan.wal->bytes, plan.remote});
}

report::RestorePlan plan_from(ServerContext& server, const RestoreOptions& options) {
  const config::ServerConfig& config = server.config();
  const catalog::BackupInfo& backup = find_backup(server, options);
  const catalog::BackupChain chain = catalog::chain_of(server.backups(), backup);
  restore::RestoreRequest request = checked_request(server, options, chain);
  request.dry_run = true;
  const auto target_host = fs::make_host(request.remote_ssh_command, {}, config.patience(), config.search_path());
  if (!request.destination.empty()) restore::check_destination(request, backup, *target_host, server.notifier());
  NoProgress progress;
  const restore::RestoreRun run = {server, *target_host, progress};
  const restore::Preparation preparation = restore::prepare(request, chain.members, run);
  report::RestorePlan plan = restore::plan(request, chain.members, preparation, run);
  plan.chosen = why_chosen(options, backup);
  plan.estimate = estimate(plan, config);
  return plan;
}

}  // namespace

report::RestorePlan plan_restore(ServerContext& server, const RestoreOptions& options) {
  const auto copy = copy_that_has(server, options.backup);
  if (!copy) return plan_from(server, options);
  report::RestorePlan plan = plan_from(copy->server(), options);
  plan.chosen += fmt::format(", from the second copy {}", *server.config().cloud_copy);
  return plan;
}

report::RestoreReport restore(ServerContext& server, const RestoreOptions& options, Progress& progress) {
  const auto copy = copy_that_has(server, options.backup);
  if (!copy) return restore_from(server, options, progress);
  const config::ServerConfig& config = server.config();
  server.notifier().info(fmt::format("Server {} has no backup '{}' here: restoring from its second copy, {}",
                                     config.name, options.backup, *config.cloud_copy));
  RestoreOptions reading = options;
  reading.skip_archive_wal = true;  // nothing is written there
  return restore_from(copy->server(), reading, progress);
}

}  // namespace barman::app
