#include "commands.h"

#include "verb.h"

namespace barman::cli {

// Defined in the *_verbs.cpp.
Command archive_wal_command();
Command backup_command();
Command check_archived_wal_range_command();
Command check_backup_command();
Command check_command();
Command check_wal_archive_command();
Command cloud_copy_command();
Command cloud_wal_archive_command();
Command cloud_wal_restore_command();
Command config_switch_command();
Command config_update_command();
Command cron_command();
Command delete_command();
Command diagnose_command();
Command drill_command();
Command export_backup_command();
Command generate_manifest_command();
Command get_wal_command();
Command import_backup_command();
Command init_command();
Command keep_command();
Command list_backups_command();
Command list_files_command();
Command list_processes_command();
Command list_servers_command();
Command lock_directory_cleanup_command();
Command metrics_command();
Command put_wal_command();
Command rebuild_xlogdb_command();
Command receive_wal_command();
Command recovery_window_command();
Command replication_status_command();
Command report_command();
Command restore_command();
Command retention_command();
Command run_operation_command();
Command serve_command();
Command show_backup_command();
Command show_servers_command();
Command status_command();
Command switch_wal_command();
Command sync_backup_command();
Command sync_info_command();
Command sync_wals_command();
Command terminate_process_command();
Command verify_backup_command();

namespace {

constexpr CommandEntry table[] = {
    {"list-servers", "list-server", Group::everyday, "List the configured servers with their descriptions.",
     list_servers_command},
    {"list-processes", "list-process", Group::servers, "List the running barman processes of a server.",
     list_processes_command},
    {"terminate-process", "", Group::servers, "Stop a running barman process of a server.", terminate_process_command},
    {"cron", "", Group::everyday, "Do the regular maintenance of all servers; to be run every minute.", cron_command},
    {"lock-directory-cleanup", "", Group::servers, "Remove the lock files that nobody holds.",
     lock_directory_cleanup_command},
    {"backup", "", Group::everyday, "Take a base backup of one or more servers.", backup_command},
    {"list-backups", "list-backup", Group::everyday, "List the backups of servers.", list_backups_command},
    {"status", "", Group::everyday, "Show the live state of servers and of their backups.", status_command},
    {"replication-status", "", Group::servers, "Show who receives WAL from servers, and how far behind they are.",
     replication_status_command},
    {"rebuild-xlogdb", "", Group::wal, "Write the index of archived WAL files anew from the files themselves.",
     rebuild_xlogdb_command},
    {"restore", "recover", Group::everyday, "Restore a backup, up to now or to a time, name, LSN or transaction.",
     restore_command},
    {"show-servers", "show-server", Group::servers, "Show configuration and state of servers in detail.",
     show_servers_command},
    {"switch-wal", "switch-xlog", Group::wal, "Close the current WAL segment of servers.", switch_wal_command},
    {"check", "", Group::everyday, "Verify that servers are configured, reachable and healthy.", check_command},
    {"diagnose", "", Group::servers, "Print everything that helps to find out what is wrong, as JSON.",
     diagnose_command},
    {"sync-info", "", Group::passive_nodes, "Print what a passive node has to know of a server, as JSON.",
     sync_info_command},
    {"sync-backup", "", Group::passive_nodes, "Copy a backup from the primary node to this passive node.",
     sync_backup_command},
    {"sync-wals", "", Group::passive_nodes, "Copy WAL files from the primary node to this passive node.",
     sync_wals_command},
    {"show-backup", "show-backups", Group::everyday, "Show everything that is known about one backup.",
     show_backup_command},
    {"list-files", "", Group::backups, "List the files that make up a backup.", list_files_command},
    {"delete", "", Group::backups, "Delete a backup, what depends on it, and the WAL that nothing needs any more.",
     delete_command},
    {"get-wal", "", Group::wal, "Hand out a WAL file, decompressed; for restore_command.", get_wal_command},
    {"put-wal", "", Group::wal, "Receive WAL files from standard input; barman-wal-archive calls it over ssh.",
     put_wal_command},
    {"archive-wal", "", Group::wal, "Move the WAL files that have arrived into the archive.", archive_wal_command},
    {"receive-wal", "", Group::wal, "Receive WAL by streaming, in the foreground; manage the replication slot.",
     receive_wal_command},
    {"check-backup", "", Group::backups, "Check that the WAL a backup needs has been archived.", check_backup_command},
    {"verify-backup", "verify", Group::backups,
     "Compare the files of a backup with the checksums in its backup_manifest.", verify_backup_command},
    {"export-backup", "", Group::backups, "Write a backup, with the WAL that makes it consistent, into one tarball.",
     export_backup_command},
    {"import-backup", "", Group::backups, "Take a backup from a tarball that export-backup wrote, and keep it.",
     import_backup_command},
    {"generate-manifest", "", Group::backups,
     "Write a backup_manifest, with a checksum for every file, into a backup that has none.",
     generate_manifest_command},
    {"keep", "", Group::backups, "Protect a backup from deletion and retention policies.", keep_command},
    {"check-wal-archive", "", Group::wal, "Check that nothing in the WAL archive is in the way of a new cluster.",
     check_wal_archive_command},
    {"check-archived-wal-range", "", Group::wal, "Check that a range of WAL segments is in the archive without a gap.",
     check_archived_wal_range_command},
    {"config-switch", "", Group::configuration, "Make a configuration model the active one of a server, or none.",
     config_switch_command},
    {"config-update", "", Group::configuration, "Change options of servers and models in the configuration files.",
     config_update_command},
    {.name = "cloud-copy",
     .alias = "",
     .group = Group::backups,
     .summary = "Copy backups and WAL of servers into the object store of cloud_copy; cron does it.",
     .make = cloud_copy_command,
     .ours = true},
    {.name = "recovery-window",
     .alias = "",
     .group = Group::everyday,
     .summary = "Show to which moments servers can be restored.",
     .make = recovery_window_command,
     .ours = true},
    {.name = "retention",
     .alias = "",
     .group = Group::backups,
     .summary = "Show what the retention policy and the calendar keep and remove next, and why.",
     .make = retention_command,
     .ours = true},
    {.name = "drill",
     .alias = "",
     .group = Group::backups,
     .summary = "Try out a restore of a server, in a PostgreSQL of its own that is removed again.",
     .make = drill_command,
     .ours = true},
    {.name = "init",
     .alias = "",
     .group = Group::configuration,
     .summary = "Configure a new server: ask PostgreSQL what is missing, and write its configuration.",
     .make = init_command,
     .ours = true},
    {.name = "metrics",
     .alias = "",
     .group = Group::servers,
     .summary = "Print what monitoring wants to know of servers, for Prometheus; or answer its requests.",
     .make = metrics_command,
     .ours = true},
    {.name = "report",
     .alias = "",
     .group = Group::everyday,
     .summary = "Show what can be restored of servers and what is not as it should be, also as a page for a browser.",
     .make = report_command,
     .ours = true},
    {.name = "serve",
     .alias = "",
     .group = Group::servers,
     .summary = "Answer Patroni, repmgr and others over HTTP, as pg-backup-api does.",
     .make = serve_command,
     .ours = true},
    {.name = "run-operation",
     .alias = "",
     .group = Group::servers,
     .summary = "Do what a client has asked the REST service for; serve starts it.",
     .make = run_operation_command,
     .ours = true},
    {"cloud-wal-archive", "", Group::wal, "Put a WAL file into the object store of its server; for archive_command.",
     cloud_wal_archive_command},
    {"cloud-wal-restore", "", Group::wal, "Fetch a WAL file from the object store of its server; for restore_command.",
     cloud_wal_restore_command},
};

}  // namespace

std::vector<std::string> CommandEntry::aliases() const {
  return alias.empty() ? std::vector<std::string>() : std::vector{std::string(alias)};
}

std::vector<std::string> CommandEntry::spellings() const {
  std::vector<std::string> all = aliases();
  all.insert(all.begin(), std::string(name));
  return all;
}

std::span<const CommandEntry> command_table() { return table; }

OptionSpec own_flag(std::string name, bool& target, std::string help) {
  OptionSpec spec;
  spec.names = {std::move(name)};
  spec.kind = OptionSpec::Kind::flag;
  spec.help = std::move(help) + ". Barman does not know this option";
  spec.ours = true;
  spec.store = [&target](const std::string&) -> std::optional<std::string> {
    target = true;
    return std::nullopt;
  };
  return spec;
}

void declare(Options& options, GlobalOptions& values) {
  options.ending_flag({"-v", "--version"}, "show the version and exit");
  options.value({"-c", "--config"}, values.config, "CONFIG",
                "configuration file (default: BARMAN_CONFIG_FILE, then the first of ~/.barman.conf, /etc/barman.conf, "
                "/etc/barman/barman.conf)");
  options.choice({"--color", "--colour"}, values.color, {"never", "always", "auto"},
                 "colours in the output (default: auto, on a terminal only)");
  options.choice({"--log-level"}, values.log_level, {"NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"},
                 "level of the log file, instead of the configured one");
  options.flag({"-q", "--quiet"}, values.quiet, "print warnings and errors only; with --format json nothing");
  options.flag({"-d", "--debug"}, values.debug, "print debug messages too, on standard error");
  options.choice({"-f", "--format"}, values.format, {"console", "json"}, "form of the output (default: console)");
}

}  // namespace barman::cli
