#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "barman/app/pending_wal.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/hooks/hooks.h"
#include "barman/output/restore.h"
#include "barman/restore/restore.h"
#include "copy_options.h"

namespace barman::cli {

namespace {

struct RestoreArguments {
  std::string server, backup, destination;
  std::optional<std::string> target_time, target_xid, target_lsn, target_name, target_tli, target_action;
  bool target_immediate = false, exclusive = false;
  std::vector<std::string> tablespaces;
  std::optional<std::string> remote_ssh_command, staging_wal_directory;
  CopyOptions copy;
  std::optional<bool> get_wal, network_compression, delta_restore;
  bool partial_wal = false, skip_archive_wal = false, standby_mode = false;
  std::optional<std::string> staging_path, staging_location, recovery_staging_path, local_staging_path, combine_mode;
  std::optional<std::string> recovery_conf_filename, recovery_option_port, restore_command;
  std::optional<std::string> snapshot_instance, snapshot_zone, gcp_zone, azure_resource_group, aws_region;
};

constexpr std::string_view deprecated_staging =
    "recovery_staging_path and local_staging_path, and their equivalent CLI options --recovery-staging-path and "
    "--local-staging-path, are deprecated and will be removed in a future release. Please use staging_path and "
    "staging_location, and their equivalent CLI options --staging-path and --staging-location, instead.";

void declare_target(Options& options, RestoreArguments& args) {
  OptionSpec timeline;
  timeline.names = {"--target-tli"};
  timeline.metavar = "TARGET_TLI";
  timeline.help = "timeline to follow: a number, 'current' (the backup's) or 'latest'";
  timeline.store = [&args](const std::string& text) -> std::optional<std::string> {
    args.target_tli = text;
    if (text == "current" || text == "latest") return std::nullopt;
    const auto number = parse_python_int(text);
    if (!number) return fmt::format("'{}' is not a valid input", text);
    if (*number < 1) return fmt::format("'{}' is not a valid positive integer", text);
    return std::nullopt;
  };
  options.custom(std::move(timeline));
  options.value({"--target-time"}, args.target_time, "TARGET_TIME", "recover up to this time");
  options.value({"--target-xid"}, args.target_xid, "TARGET_XID", "recover up to this transaction");
  options.value({"--target-lsn"}, args.target_lsn, "TARGET_LSN", "recover up to this position in the WAL");
  options.value({"--target-name"}, args.target_name, "TARGET_NAME", "recover up to this restore point");
  options.flag({"--target-immediate"}, args.target_immediate, "stop as soon as the backup is consistent");
  options.flag({"--exclusive"}, args.exclusive, "stop just before the target instead of after it");
}

void declare_target_action(Options& options, RestoreArguments& args) {
  OptionSpec action;
  action.names = {"--target-action"};
  action.metavar = "TARGET_ACTION";
  action.help = "what PostgreSQL does at the target: pause, shutdown or promote";
  action.store = [&args](const std::string& text) -> std::optional<std::string> {
    args.target_action = text;
    if (text == "pause" || text == "shutdown" || text == "promote") return std::nullopt;
    return fmt::format("'{}' is not a valid recovery target action", text);
  };
  options.custom(std::move(action));
}

void declare_copy(Options& options, RestoreArguments& args) {
  options.repeated({"--tablespace"}, args.tablespaces, "NAME:LOCATION", "put this tablespace somewhere else");
  options.value({"--remote-ssh-command"}, args.remote_ssh_command, "SSH_COMMAND",
                "restore on the host that this command reaches, for example \"ssh postgres@db\"");
  options.value({"--staging-wal-directory"}, args.staging_wal_directory, {},
                "where recovery finds its WAL for a point in time (default: barman_wal in the destination)");
  declare_bandwidth(options, args.copy);
  declare_retries(options, args.copy);
  declare_jobs(options, args.copy);
  options.flag({"--get-wal"}, args.get_wal, true, "let recovery fetch WAL from Barman instead of copying it");
  options.flag({"--no-get-wal"}, args.get_wal, false, "copy the WAL files that recovery needs");
  options.flag({"--partial-wal"}, args.partial_wal, "copy partial segments too");
  options.flag({"--skip-archive-wal"}, args.skip_archive_wal, "do not archive waiting WAL first");
  options.flag({"--network-compression"}, args.network_compression, true, "compress what goes over the network");
  options.flag({"--no-network-compression"}, args.network_compression, false, "do not");
}

// Barman reads it in any case, and has words of its own for what is none.
void declare_combine_mode(Options& options, RestoreArguments& args) {
  OptionSpec mode;
  mode.names = {"--combine-mode"};
  mode.choices = {"copy", "link", "clone", "copy-file-range"};
  mode.help = "how pg_combinebackup makes files";
  mode.store = [&args, choices = mode.choices](const std::string& text) -> std::optional<std::string> {
    args.combine_mode = to_lower(text);
    if (std::ranges::find(choices, *args.combine_mode) != choices.end()) return std::nullopt;
    return fmt::format("invalid parse_combine_mode value: {}", python_repr(text));
  };
  options.custom(std::move(mode));
}

void declare_staging(Options& options, RestoreArguments& args) {
  options.value({"--recovery-staging-path"}, args.recovery_staging_path, {}, "deprecated, see --staging-path");
  options.value({"--local-staging-path"}, args.local_staging_path, {}, "deprecated, see --staging-path");
  options.value({"--staging-path"}, args.staging_path, {}, "absolute path of a work area for compressed backups");
  options.choice({"--staging-location"}, args.staging_location, {"local", "remote"}, "host of the work area");
  declare_combine_mode(options, args);
}

void declare_recovery(Options& options, RestoreArguments& args) {
  options.value({"--recovery-conf-filename"}, args.recovery_conf_filename, {},
                "file that receives the recovery settings (default: postgresql.auto.conf)");
  options.value({"--recovery-option-port"}, args.recovery_option_port, {},
                "ssh port in the generated barman-wal-restore command");
  options.value({"--restore-command"}, args.restore_command, {}, "restore_command to use with --get-wal");
  options.flag({"--delta-restore"}, args.delta_restore, true,
               "bring an existing directory to the state of the backup, copying only what differs");
  options.flag({"--no-delta-restore"}, args.delta_restore, false, "insist on an empty destination");
}

void declare_snapshot(Options& options, RestoreArguments& args) {
  options.value({"--snapshot-recovery-instance"}, args.snapshot_instance, {}, "for snapshot backups");
  options.value({"--snapshot-recovery-zone"}, args.snapshot_zone, {}, "deprecated, see --gcp-zone");
  options.value({"--gcp-zone"}, args.gcp_zone, {}, "for snapshot backups");
  options.value({"--azure-resource-group"}, args.azure_resource_group, {}, "for snapshot backups");
  options.value({"--aws-region"}, args.aws_region, {}, "for snapshot backups");
}

restore::TargetRequest target_request(const RestoreArguments& args) {
  restore::TargetRequest target{.time = args.target_time,
                                .xid = args.target_xid,
                                .lsn = args.target_lsn,
                                .name = args.target_name,
                                .immediate = args.target_immediate,
                                .timeline = args.target_tli,
                                .exclusive = args.exclusive,
                                .action = std::nullopt};
  if (args.target_action == "pause") target.action = restore::TargetAction::pause;
  if (args.target_action == "shutdown") target.action = restore::TargetAction::shutdown;
  if (args.target_action == "promote") target.action = restore::TargetAction::promote;
  return target;
}

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

DeprecatedStaging deprecated_staging_of(const RestoreArguments& args, const config::ServerConfig& config) {
  return {.decompression = args.recovery_staging_path ? args.recovery_staging_path : config.recovery_staging_path,
          .other = args.local_staging_path ? args.local_staging_path : config.local_staging_path};
}

void choose_staging(restore::RestoreRequest& request, const RestoreArguments& args,
                    const config::ServerConfig& config) {
  request.staging_path = args.staging_path ? args.staging_path : config.staging_path;
  request.staging_location = config.staging_location;
  if (!args.remote_ssh_command) request.staging_location = config::StagingLocation::local;  // but what is typed counts
  if (args.staging_location)
    request.staging_location =
        *args.staging_location == "remote" ? config::StagingLocation::remote : config::StagingLocation::local;
  const DeprecatedStaging deprecated = deprecated_staging_of(args, config);
  request.wal_staging_path = deprecated.other;
  if (!request.wal_staging_path && request.staging_location == config::StagingLocation::local)
    request.wal_staging_path = request.staging_path;
  if (request.staging_path || !deprecated.used()) return;
  request.staging_path = deprecated.decompression;
  request.staging_for_decompression = deprecated.decompression.has_value();
  request.staging_location = config::StagingLocation::local;
}

restore::RestoreRequest make_request(const RestoreArguments& args, const config::ServerConfig& config) {
  restore::RestoreRequest request;
  request.backup_argument = args.backup;
  request.remote_ssh_command = args.remote_ssh_command;
  request.destination = args.remote_ssh_command ? args.destination : absolute(args.destination);
  request.target = target_request(args);
  request.staging_wal_directory = args.staging_wal_directory;
  request.get_wal = args.get_wal.value_or(config.recovery_options.contains("get-wal"));
  request.delta = args.delta_restore.value_or(config.recovery_options.contains("delta-restore"));
  request.standby_mode = args.standby_mode;
  request.partial_wal = args.partial_wal;
  request.network_compression =
      args.network_compression.value_or(config.network_compression && args.remote_ssh_command.has_value());
  apply(args.copy, config, request);
  request.recovery_conf_filename = args.recovery_conf_filename;
  request.recovery_option_port = args.recovery_option_port;
  request.restore_command = args.restore_command;
  choose_staging(request, args, config);
  return request;
}

// The other snapshot options are ignored without this one.
void refuse_snapshot_options(const RestoreArguments& args, const std::string& backup_id) {
  if (!args.snapshot_instance) return;
  throw Error(Errc::refused,
              fmt::format("Backup {} is not a snapshot backup but the following snapshot arguments have been used: "
                          "--snapshot-recovery-instance",
                          backup_id));
}

// What the hook scripts are told of the request.
hooks::RecoveryFacts recovery_facts(const restore::RestoreRequest& request, const RestoreArguments& args) {
  hooks::RecoveryFacts facts{.destination_directory = request.destination,
                             .tablespaces = request.relocations,
                             .remote_command = request.remote_ssh_command};
  const auto text = [&](const char* name, const std::optional<std::string>& value) {
    facts.options[name] = value.value_or("");
  };
  text("target_tli", args.target_tli);
  if (const auto number = parse_decimal(args.target_tli.value_or(""))) facts.options["target_tli"] = *number;
  text("target_time", args.target_time);
  text("target_xid", args.target_xid);
  text("target_lsn", args.target_lsn);
  text("target_name", args.target_name);
  text("target_action", args.target_action);
  text("recovery_conf_filename", args.recovery_conf_filename);
  text("recovery_option_port", args.recovery_option_port);
  text("custom_restore_command", args.restore_command);
  facts.options["target_immediate"] = args.target_immediate;
  facts.options["exclusive"] = args.exclusive;
  facts.options["standby_mode"] = args.standby_mode;
  facts.options["copy_partial"] = args.partial_wal;
  return facts;
}

int run_restore(Session& session, const RestoreArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {.disabled = Disabled::refuse});
  if (config == nullptr) return 0;
  const restore::TargetRequest target = target_request(args);
  if (restore::count_exclusive_targets(target) > 1)
    throw Error(Errc::refused, "You cannot specify multiple targets for the recovery operation");

  app::Server server = session.server(*config);
  catalog::BackupCatalog& backups = server.backups();
  const catalog::BackupInfo& backup = args.backup == "auto"
                                          ? restore::choose_backup(backups, target, restore::highest_timeline(*config))
                                          : backups.resolve(args.backup);
  require_absolute(args.staging_path, "staging path");
  require_absolute(args.recovery_staging_path, "recovery staging path");
  require_absolute(args.local_staging_path, "local staging path");
  restore::RestoreRequest request = make_request(args, *config);
  restore::check_backup(request, backup, *config);
  if (backup.compression && !args.staging_path && !config->staging_path && deprecated_staging_of(args, *config).used())
    session.writer().warning(deprecated_staging);
  request.relocations = restore::parse_relocations(args.tablespaces);
  restore::check_placement(request, backup);
  refuse_snapshot_options(args, backup.backup_id);

  if (!args.skip_archive_wal) app::archive_pending_wal(server);
  const auto target_host = fs::make_host(request.remote_ssh_command, {}, config->patience(), config->search_path());
  restore::check_destination(request, backup, *target_host, session.writer());

  const auto progress = session.writer().progress("Restore");
  const restore::Collaborators with{.config = *config,
                                    .barman_user = session.global().barman_user,
                                    .backups = backups,
                                    .xlogdb = [&server]() -> catalog::XlogDb& { return server.xlogdb(); },
                                    .local = server.local(),
                                    .local_host = server.local_host(),
                                    .target_host = *target_host,
                                    .notifier = session.writer(),
                                    .progress = *progress};
  const hooks::Hooks hooks(*config, session.global().file, server.local());
  const hooks::Variables variables = hooks::recovery_variables(backups, backup, recovery_facts(request, args));
  hooks.run_pre(hooks::Operation::recovery, variables);
  const report::RestoreReport report = restore::restore(request, backup, with);
  hooks.run_post(hooks::Operation::recovery, variables);
  session.writer().write(report);
  return 0;
}

}  // namespace

Command restore_command() {
  auto args = std::make_shared<RestoreArguments>();
  return {.name = "restore",
          .aliases = {"recover"},
          .summary = "Restore a backup, up to now or to a time, name, LSN or transaction.",
          .declare =
              [args](Options& options) {
                declare_target(options, *args);
                declare_copy(options, *args);
                declare_target_action(options, *args);
                options.flag({"--standby-mode"}, args->standby_mode, "start the restored cluster as a standby");
                declare_staging(options, *args);
                declare_recovery(options, *args);
                declare_snapshot(options, *args);
                options.positional("server_name", args->server, "server whose backup is restored");
                options.positional("backup_id", args->backup,
                                   "backup id, name, shortcut (latest, oldest, ...) or 'auto'");
                options.positional("destination_directory", args->destination, "empty directory for the cluster");
              },
          .run = [args](Session& session) { return run_restore(session, *args); }};
}

}  // namespace barman::cli
