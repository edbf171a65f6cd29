// Verbs that take backups and restore them.
#include <fmt/core.h>

#include <algorithm>

#include "barman/app/backup.h"
#include "barman/app/restore.h"
#include "barman/config/options.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/output/backups.h"
#include "barman/output/restore_plan.h"
#include "target_options.h"
#include "verb.h"

namespace barman::cli {
namespace {

void declare_retries(Options& options, app::CopyOptions& values) {
  options.number({"--retry-times"}, values.retry_times, Number::non_negative, "RETRY_TIMES",
                 "how often to try a failed copy again (default: as configured, else 0)");
  options.number({"--retry-sleep"}, values.retry_sleep, Number::non_negative, "RETRY_SLEEP",
                 "seconds between two tries (default: as configured, else 30)");
  OptionSpec no_retry;
  no_retry.names = {"--no-retry"};
  no_retry.kind = OptionSpec::Kind::flag;
  no_retry.help = "do not try a failed copy again";
  no_retry.store = [&values](const std::string&) {
    values.retry_times = 0;
    return std::optional<std::string>();
  };
  options.custom(std::move(no_retry));
}

void declare_jobs(Options& options, app::CopyOptions& values) {
  options.number({"--jobs", "-j"}, values.jobs, Number::positive, "NJOBS",
                 "how many copies by rsync run in parallel (default: as configured, else 1)");
  options.number({"--jobs-start-batch-period"}, values.jobs_batch_period, Number::positive, "JOBS_START_BATCH_PERIOD",
                 "period in seconds over which one batch of jobs is started (default: as configured, else 1)");
  options.number({"--jobs-start-batch-size"}, values.jobs_batch_size, Number::positive, "JOBS_START_BATCH_SIZE",
                 "most jobs started in one period (default: as configured, else 10)");
}

void declare_bandwidth(Options& options, app::CopyOptions& values) {
  options.number({"--bwlimit"}, values.bandwidth_limit, Number::non_negative, "KBPS",
                 "maximum transfer rate in kilobytes a second, 0 for none; instead of bandwidth_limit");
}

struct BackupArguments : OfServers {
  app::BackupOptions options;
  std::optional<std::string> reuse;
  std::optional<std::int64_t> wait_timeout, check_timeout;
};

void declare_backup_copy(Options& options, BackupArguments& args) {
  options.flag({"--immediate-checkpoint"}, args.options.immediate_checkpoint, true, "start with a fast checkpoint");
  options.flag({"--no-immediate-checkpoint"}, args.options.immediate_checkpoint, false,
               "let the first checkpoint be spread out");
  options.value(
      {"--incremental"}, args.options.parent, "BACKUP_ID",
      "block-level incremental backup with this parent: id, name or shortcut (postgres only, from PostgreSQL 17 on)");
  options.optional_choice(
      {"--reuse-backup"}, args.reuse, {"copy", "link", "off"}, "link",
      "take unchanged files from the previous backup, by a copy or, without a word, by a hard link; off: transfer all "
      "(rsync only)");
  declare_retries(options, args.options.copy);
  declare_jobs(options, args.options.copy);
  declare_bandwidth(options, args.options.copy);
}

// Of an option without effect: only what its namesake in the configuration does not take is refused, in Barman's words.
OptionSpec::Store checked_as(std::string_view option, std::string_view type) {
  return [option, type](const std::string& text) -> std::optional<std::string> {
    if (config::takes(option, text)) return std::nullopt;
    return fmt::format("invalid {} value: {}", type, python_repr(text));
  };
}

void declare_backup_rest(Options& options, BackupArguments& args) {
  options.flag({"--wait", "-w"}, args.options.wait, "wait until all required WAL files are archived");
  options.number({"--wait-timeout"}, args.wait_timeout, Number::non_negative, "TIMEOUT",
                 "with --wait: how many seconds to wait, 0 for ever (default: 0)");
  options.number({"--keepalive-interval"}, args.options.keepalive_interval, Number::non_negative, "KEEPALIVE_INTERVAL",
                 "seconds between two looks at the connection during the copy, 0 for none (rsync only)");
  OptionSpec name;
  name.names = {"--name"};
  name.metavar = "BACKUP_NAME";
  name.help = "a name that other commands take instead of the backup id";
  name.store = [&args](const std::string& text) {
    args.options.name = text;
    return app::problem_of_backup_name(text);
  };
  options.custom(std::move(name));
  options.flag({"--manifest"}, args.options.manifest, true, "write a backup manifest (rsync only)");
  options.flag({"--no-manifest"}, args.options.manifest, false, "do not");
  options.number({"--check-timeout"}, args.check_timeout, Number::non_negative, "CHECK_TIMEOUT",
                 "time limit in seconds for the check before the backup, 0 for none");
  options.value({"--cloud-staging-directory"}, checked_as("cloud_staging_directory", "parse_staging_path"),
                "CLOUD_STAGING_DIRECTORY", "taken, and of no effect: backups to an object store are not staged");
  options.value({"--cloud-staging-max-size"}, checked_as("cloud_staging_max_size", "parse_si_suffix"),
                "CLOUD_STAGING_MAX_SIZE", "taken, and of no effect: see --cloud-staging-directory");
  options.positional_list("server_name", args.servers, "servers to back up, or 'all'");
}

app::BackupOptions options_of(const BackupArguments& args) {
  app::BackupOptions options = args.options;
  if (args.reuse == "copy") options.reuse = config::ReuseBackup::copy;
  if (args.reuse == "link") options.reuse = config::ReuseBackup::link;
  if (args.reuse == "off") options.reuse = config::ReuseBackup::off;
  options.wait_timeout = args.wait_timeout.value_or(0);
  if (args.check_timeout) options.check_timeout = std::chrono::seconds(*args.check_timeout);
  return options;
}

void backup(Session& session, const BackupArguments& args) {
  const ServerPolicy policy{.inactive = Inactive::skip, .disabled = Disabled::refuse, .passive = Passive::skip};
  for (const config::ServerConfig* config : session.select(args.servers, policy)) {
    bool interrupted = false;
    session.attempt(*config, [&] {
      ServerContext server = session.server(*config);
      const auto progress = session.writer().progress("Backup");
      const auto show = [&](const catalog::BackupInfo& info) {
        session.writer().write(report::TakenBackup{info, progress->shown()});
      };
      interrupted = !app::take_backup(server, options_of(args), *progress, show);
    });
    if (interrupted) break;
  }
}

struct RestoreArguments : OfBackup {
  app::RestoreOptions options;
  std::optional<std::string> staging_location;
  std::optional<std::string> snapshot_zone, gcp_zone, azure_resource_group, aws_region;  // ignored
  bool dry_run = false;
};

void declare_target_action(Options& options, RestoreArguments& args) {
  OptionSpec action;
  action.names = {"--target-action"};
  action.metavar = "TARGET_ACTION";
  action.help = "what PostgreSQL does at the target: pause (its default), shutdown or promote";
  action.store = [&args](const std::string& text) -> std::optional<std::string> {
    args.options.target.action = text;
    if (text == "pause" || text == "shutdown" || text == "promote") return std::nullopt;
    return fmt::format("'{}' is not a valid recovery target action", text);
  };
  options.custom(std::move(action));
}

void declare_restore_copy(Options& options, RestoreArguments& args) {
  options.repeated({"--tablespace"}, args.options.tablespaces, "NAME:LOCATION",
                   "put this tablespace somewhere else; once for each tablespace");
  options.value({"--remote-ssh-command"}, args.options.remote_ssh_command, "SSH_COMMAND",
                "restore on the host that this command reaches, for example \"ssh postgres@db\"");
  options.value({"--staging-wal-directory"}, args.options.staging_wal_directory, {},
                "where recovery finds its WAL for a point in time (default: barman_wal in the destination)");
  declare_bandwidth(options, args.options.copy);
  declare_retries(options, args.options.copy);
  declare_jobs(options, args.options.copy);
  options.flag({"--get-wal"}, args.options.get_wal, true, "let recovery fetch WAL from Barman instead of copying it");
  options.flag({"--no-get-wal"}, args.options.get_wal, false, "copy the WAL files that recovery needs");
  options.flag({"--partial-wal"}, args.options.partial_wal,
               "copy partial segments too (where WAL is copied: not with --get-wal)");
  options.flag({"--skip-archive-wal"}, args.options.skip_archive_wal, "do not archive waiting WAL first");
  options.flag({"--network-compression"}, args.options.network_compression, true,
               "compress what goes over the network (with --remote-ssh-command)");
  options.flag({"--no-network-compression"}, args.options.network_compression, false, "do not");
}

// Barman reads it in any case, and has its own words for an invalid one.
void declare_combine_mode(Options& options, RestoreArguments& args) {
  OptionSpec mode;
  mode.names = {"--combine-mode"};
  mode.choices = {"copy", "link", "clone", "copy-file-range"};
  mode.help = "how pg_combinebackup makes the files of an incremental backup (default: copy)";
  mode.store = [&args, choices = mode.choices](const std::string& text) -> std::optional<std::string> {
    args.options.combine_mode = to_lower(text);
    if (std::ranges::find(choices, *args.options.combine_mode) != choices.end()) return std::nullopt;
    return fmt::format("invalid parse_combine_mode value: {}", python_repr(text));
  };
  options.custom(std::move(mode));
}

void declare_staging(Options& options, RestoreArguments& args) {
  options.value({"--recovery-staging-path"}, args.options.recovery_staging_path, {},
                "deprecated, see --staging-path and --staging-location");
  options.value({"--local-staging-path"}, args.options.local_staging_path, {},
                "deprecated, see --staging-path and --staging-location");
  options.value({"--staging-path"}, args.options.staging_path, {},
                "absolute path of a work area for compressed, encrypted and incremental backups (default: /tmp)");
  options.choice({"--staging-location"}, args.staging_location, {"local", "remote"},
                 "host of the work area (default: local); remote needs --remote-ssh-command");
  declare_combine_mode(options, args);
}

void declare_recovery(Options& options, RestoreArguments& args) {
  options.value({"--recovery-conf-filename"}, args.options.recovery_conf_filename, {},
                "file that receives the recovery settings, from PostgreSQL 12 on (default: postgresql.auto.conf)");
  options.value({"--recovery-option-port"}, args.options.recovery_option_port, {},
                "ssh port in the generated barman-wal-restore command");
  options.value({"--restore-command"}, args.options.restore_command, {},
                "restore_command to use with --get-wal; without that it is ignored");
  options.flag({"--delta-restore"}, args.options.delta_restore, true,
               "bring an existing directory to the state of the backup, copying only what differs");
  options.flag({"--no-delta-restore"}, args.options.delta_restore, false, "insist on an empty destination");
}

void declare_snapshot(Options& options, RestoreArguments& args) {
  options.value({"--snapshot-recovery-instance"}, args.options.snapshot_instance, {},
                "the machine that restored disks are attached to (snapshots are refused by this build)");
  options.value({"--snapshot-recovery-zone"}, args.snapshot_zone, {}, "deprecated, see --gcp-zone");
  options.value({"--gcp-zone"}, args.gcp_zone, {}, "the zone of the machine for snapshots");
  options.value({"--azure-resource-group"}, args.azure_resource_group, {},
                "the resource group of the machine for snapshots");
  options.value({"--aws-region"}, args.aws_region, {}, "the region of the machine for snapshots");
}

void declare_own(Options& options, RestoreArguments& args) {
  options.custom(own_flag("--dry-run", args.dry_run,
                          "write nothing: print what would be done, where recovery would stop, and whether it would "
                          "succeed, which is the exit status; the destination may be left out"));
  options.custom(own_flag("--no-target-check", args.options.no_target_check,
                          "restore even if the WAL that is archived does not reach the target"));
}

void declare_destination(Options& options, RestoreArguments& args) {
  OptionSpec destination;
  destination.names = {"destination_directory"};
  destination.kind = OptionSpec::Kind::positional;
  destination.help = "empty directory for the cluster";
  destination.unless = "--dry-run";
  destination.store = [&args](const std::string& text) -> std::optional<std::string> {
    args.options.destination = text;
    return std::nullopt;
  };
  options.custom(std::move(destination));
}

void declare_restore(Options& options, RestoreArguments& args) {
  declare_target(options, args.options.target);
  declare_restore_copy(options, args);
  declare_target_action(options, args);
  options.flag({"--standby-mode"}, args.options.standby_mode, "start the restored cluster as a standby");
  declare_staging(options, args);
  declare_recovery(options, args);
  declare_snapshot(options, args);
  declare_own(options, args);
  options.positional("backup_id", args.backup, "backup id, name, shortcut (latest, oldest, ...) or 'auto'");
  declare_destination(options, args);
}

void restore(Session& session, ServerContext& server, const RestoreArguments& args) {
  app::RestoreOptions options = args.options;
  options.backup = args.backup;
  if (args.staging_location)
    options.staging_location =
        *args.staging_location == "remote" ? config::StagingLocation::remote : config::StagingLocation::local;
  if (args.dry_run) {
    const report::RestorePlan plan = app::plan_restore(server, options);
    session.writer().write(plan);
    if (plan.possible != true) session.writer().fail();
    return;
  }
  const auto progress = session.writer().progress("Restore");
  session.writer().write(app::restore(server, options, *progress));
}

}  // namespace

Command backup_command() {
  return verb<BackupArguments>(
      [](Options& options, BackupArguments& args) {
        declare_backup_copy(options, args);
        declare_backup_rest(options, args);
      },
      backup);
}

Command restore_command() {
  return server_verb<RestoreArguments>("server whose backup is restored", {.disabled = Disabled::refuse},
                                       declare_restore, restore);
}

}  // namespace barman::cli
