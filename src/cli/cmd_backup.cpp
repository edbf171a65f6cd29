#include <fmt/core.h>

#include <memory>

#include "barman/app/check.h"
#include "barman/archiver/server_directories.h"
#include "barman/backup/backup.h"
#include "barman/catalog/identity.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/output/backup.h"
#include "copy_options.h"

namespace barman::cli {
namespace {

constexpr int first_with_block_increments = 170000;

struct BackupArguments {
  std::vector<std::string> servers;
  std::optional<bool> immediate_checkpoint, manifest;
  std::optional<std::string> incremental, reuse, name, cloud_staging_directory, cloud_staging_max_size;
  CopyOptions copy;
  std::optional<std::int64_t> wait_timeout, keepalive_interval, check_timeout;
  bool wait = false;
};

std::optional<std::string> name_problem(const std::string& text) {
  if (text.empty()) return "Backup name cannot be empty";
  if (catalog::is_backup_id(text)) return fmt::format("Backup name '{}' is not allowed: backup ID", text);
  if (catalog::is_reserved_backup_name(text))
    return fmt::format("Backup name '{}' is not allowed: reserved word", text);
  if (text.find('\n') != std::string::npos)
    return fmt::format("Backup name {} is not allowed: line end", python_repr(text));
  return std::nullopt;
}

void declare_copy(Options& options, BackupArguments& args) {
  options.flag({"--immediate-checkpoint"}, args.immediate_checkpoint, true, "start with a fast checkpoint");
  options.flag({"--no-immediate-checkpoint"}, args.immediate_checkpoint, false,
               "let the first checkpoint be spread out");
  options.value({"--incremental"}, args.incremental, "BACKUP_ID", "block-level incremental backup with this parent");
  options.optional_choice({"--reuse-backup"}, args.reuse, {"copy", "link", "off"}, "link",
                          "take unchanged files from the previous backup (rsync only)");
  declare_retries(options, args.copy);
  declare_jobs(options, args.copy);
  declare_bandwidth(options, args.copy);
}

void declare_rest(Options& options, BackupArguments& args) {
  options.flag({"--wait", "-w"}, args.wait, "wait until all required WAL files are archived");
  options.number({"--wait-timeout"}, args.wait_timeout, Number::non_negative, "TIMEOUT",
                 "how many seconds to wait for the WAL, 0 for ever");
  options.number({"--keepalive-interval"}, args.keepalive_interval, Number::non_negative, "KEEPALIVE_INTERVAL",
                 "seconds between two looks at the connection during the copy, 0 for none (rsync only)");
  OptionSpec name;
  name.names = {"--name"};
  name.metavar = "BACKUP_NAME";
  name.help = "a name that can be used instead of the backup id";
  name.store = [&args](const std::string& text) {
    args.name = text;
    return name_problem(text);
  };
  options.custom(std::move(name));
  options.flag({"--manifest"}, args.manifest, true, "write a backup manifest (rsync only)");
  options.flag({"--no-manifest"}, args.manifest, false, "do not");
  options.number({"--check-timeout"}, args.check_timeout, Number::non_negative, "CHECK_TIMEOUT",
                 "time limit in seconds for the check before the backup, 0 for none");
  options.value({"--cloud-staging-directory"}, args.cloud_staging_directory, "CLOUD_STAGING_DIRECTORY",
                "for backups to a cloud");
  options.value({"--cloud-staging-max-size"}, args.cloud_staging_max_size, "CLOUD_STAGING_MAX_SIZE",
                "for backups to a cloud");
  options.positional_list("server_name", args.servers, "servers to back up, or 'all'");
}

config::ReuseBackup reuse_of(const BackupArguments& args, const config::ServerConfig& config) {
  if (args.reuse == "copy") return config::ReuseBackup::copy;
  if (args.reuse == "link") return config::ReuseBackup::link;
  if (args.reuse == "off") return config::ReuseBackup::off;
  return config.reuse_backup.value_or(config::ReuseBackup::off);
}

backup::Request make_request(const BackupArguments& args, const config::ServerConfig& config) {
  backup::Request request;
  request.immediate_checkpoint = args.immediate_checkpoint.value_or(config.immediate_checkpoint);
  request.reuse = reuse_of(args, config);
  apply(args.copy, config, request);
  request.keepalive_interval = args.keepalive_interval.value_or(config.keepalive_interval);
  request.name = args.name;
  request.manifest = args.manifest.value_or(config.autogenerate_manifest);
  request.wait = args.wait;
  request.wait_timeout = args.wait_timeout.value_or(0);
  return request;
}

void check_incremental(const BackupArguments& args, const config::ServerConfig& config, app::Server& server) {
  if (!args.incremental) return;
  server.backups().resolve(*args.incremental);
  if (server.postgres().version() < first_with_block_increments)
    throw Error(Errc::refused,
                "failed to start backup: Postgres version 17 or greater is required for incremental backups using the "
                "Postgres backup method");
  if (!config.by_pg_basebackup())
    throw Error(Errc::refused,
                "failed to start backup: Backup using the `--incremental` flag is available only for 'backup_method = "
                "postgres'. Check Barman's documentation for more help on this topic.");
  throw Error(Errc::unsupported, "failed to start backup: this build does not take block-level incremental backups",
              "leave --incremental out");
}

void prepare_directories(const config::ServerConfig& config, postgres::Server& postgres) {
  try {
    archiver::create_server_directories(config);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("failed to create {}", error.what()), error.hint());
  }
  const int version = postgres.version();
  const std::string major =
      version >= 100000 ? std::to_string(version / 10000) : fmt::format("{}.{}", version / 10000, version / 100 % 100);
  catalog::write_identity_if_absent(config.backup_directory, {postgres.system_identifier(), major});
}

// False: a signal asked to stop.
bool back_up(Session& session, const BackupArguments& args, const config::ServerConfig& config) {
  backup::check_supported(config);
  app::Server server = session.server(config);
  check_incremental(args, config, server);
  check::Options check;
  if (args.check_timeout) check.timeout = std::chrono::seconds(*args.check_timeout);
  app::require_ready_for_backup(server, check);
  prepare_directories(config, server.postgres());

  const auto progress = session.writer().progress("Backup");
  const backup::Collaborators with{.config = config,
                                   .configuration_file = session.global().file,
                                   .locks = server.locks(),
                                   .backups = server.backups(),
                                   .xlogdb = [&server]() -> catalog::XlogDb& { return server.xlogdb(); },
                                   .local = server.local(),
                                   .postgres_host = server.postgres_host(),
                                   .postgres = server.postgres(),
                                   .streaming = config.by_pg_basebackup() ? &server.streaming() : nullptr,
                                   .primary = server.primary_postgres(),
                                   .notifier = session.writer(),
                                   .progress = *progress};
  const backup::Result result = backup::take_backup(make_request(args, config), with);
  session.writer().write(result.info);
  if (result.interrupted) return false;
  backup::settle(result.info, with);
  return true;
}

int run_backup(Session& session, const BackupArguments& args) {
  const ServerPolicy policy{.inactive = Inactive::skip, .disabled = Disabled::refuse, .passive = Passive::skip};
  for (const config::ServerConfig* config : session.select(args.servers, policy)) {
    bool interrupted = false;
    session.attempt(*config, [&] { interrupted = !back_up(session, args, *config); });
    if (interrupted) break;
  }
  return 0;
}

}  // namespace

Command backup_command() {
  const auto args = std::make_shared<BackupArguments>();
  return {.name = "backup",
          .aliases = {},
          .summary = "Take a base backup of one or more servers.",
          .declare =
              [args](Options& options) {
                declare_copy(options, *args);
                declare_rest(options, *args);
              },
          .run = [args](Session& session) { return run_backup(session, *args); }};
}

}  // namespace barman::cli
