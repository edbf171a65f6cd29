#include "commands.h"

namespace barman::cli {

// Each is defined in cmd_<verb>.cpp.
Command archive_wal_command();
Command backup_command();
Command check_archived_wal_range_command();
Command check_backup_command();
Command check_command();
Command check_wal_archive_command();
Command cloud_wal_archive_command();
Command cloud_wal_restore_command();
Command config_switch_command();
Command config_update_command();
Command cron_command();
Command delete_command();
Command diagnose_command();
Command export_backup_command();
Command generate_manifest_command();
Command get_wal_command();
Command import_backup_command();
Command keep_command();
Command list_backups_command();
Command list_files_command();
Command list_processes_command();
Command list_servers_command();
Command lock_directory_cleanup_command();
Command put_wal_command();
Command rebuild_xlogdb_command();
Command receive_wal_command();
Command replication_status_command();
Command restore_command();
Command show_backup_command();
Command show_servers_command();
Command status_command();
Command switch_wal_command();
Command sync_backup_command();
Command sync_info_command();
Command sync_wals_command();
Command terminate_process_command();
Command verify_backup_command();

const std::vector<CommandEntry>& command_table() {
  static const std::vector<CommandEntry> table = {
      {"list-servers", {"list-server"}, list_servers_command, Group::everyday},
      {"list-processes", {"list-process"}, list_processes_command, Group::servers},
      {"terminate-process", {}, terminate_process_command, Group::servers},
      {"cron", {}, cron_command, Group::everyday},
      {"lock-directory-cleanup", {}, lock_directory_cleanup_command, Group::servers},
      {"backup", {}, backup_command, Group::everyday},
      {"list-backups", {"list-backup"}, list_backups_command, Group::everyday},
      {"status", {}, status_command, Group::everyday},
      {"replication-status", {}, replication_status_command, Group::servers},
      {"rebuild-xlogdb", {}, rebuild_xlogdb_command, Group::wal},
      {"restore", {"recover"}, restore_command, Group::everyday},
      {"show-servers", {"show-server"}, show_servers_command, Group::servers},
      {"switch-wal", {"switch-xlog"}, switch_wal_command, Group::wal},
      {"check", {}, check_command, Group::everyday},
      {"diagnose", {}, diagnose_command, Group::servers},
      {"sync-info", {}, sync_info_command, Group::passive_nodes},
      {"sync-backup", {}, sync_backup_command, Group::passive_nodes},
      {"sync-wals", {}, sync_wals_command, Group::passive_nodes},
      {"show-backup", {"show-backups"}, show_backup_command, Group::everyday},
      {"list-files", {}, list_files_command, Group::backups},
      {"delete", {}, delete_command, Group::backups},
      {"get-wal", {}, get_wal_command, Group::wal},
      {"put-wal", {}, put_wal_command, Group::wal},
      {"archive-wal", {}, archive_wal_command, Group::wal},
      {"receive-wal", {}, receive_wal_command, Group::wal},
      {"check-backup", {}, check_backup_command, Group::backups},
      {"verify-backup", {"verify"}, verify_backup_command, Group::backups},
      {"export-backup", {}, export_backup_command, Group::backups},
      {"import-backup", {}, import_backup_command, Group::backups},
      {"generate-manifest", {}, generate_manifest_command, Group::backups},
      {"keep", {}, keep_command, Group::backups},
      {"check-wal-archive", {}, check_wal_archive_command, Group::wal},
      {"check-archived-wal-range", {}, check_archived_wal_range_command, Group::wal},
      {"config-switch", {}, config_switch_command, Group::configuration},
      {"config-update", {}, config_update_command, Group::configuration},
      {"cloud-wal-archive", {}, cloud_wal_archive_command, Group::wal},
      {"cloud-wal-restore", {}, cloud_wal_restore_command, Group::wal},
  };
  return table;
}

}  // namespace barman::cli
