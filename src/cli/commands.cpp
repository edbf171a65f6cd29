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
  // In the order in which Barman lists the choices.
  static const std::vector<CommandEntry> table = {
      {"list-servers", {"list-server"}, list_servers_command},
      {"list-processes", {"list-process"}, list_processes_command},
      {"terminate-process", {}, terminate_process_command},
      {"cron", {}, cron_command},
      {"lock-directory-cleanup", {}, lock_directory_cleanup_command},
      {"backup", {}, backup_command},
      {"list-backups", {"list-backup"}, list_backups_command},
      {"status", {}, status_command},
      {"replication-status", {}, replication_status_command},
      {"rebuild-xlogdb", {}, rebuild_xlogdb_command},
      {"restore", {"recover"}, restore_command},
      {"show-servers", {"show-server"}, show_servers_command},
      {"switch-wal", {"switch-xlog"}, switch_wal_command},
      {"check", {}, check_command},
      {"diagnose", {}, diagnose_command},
      {"sync-info", {}, sync_info_command},
      {"sync-backup", {}, sync_backup_command},
      {"sync-wals", {}, sync_wals_command},
      {"show-backup", {"show-backups"}, show_backup_command},
      {"list-files", {}, list_files_command},
      {"delete", {}, delete_command},
      {"get-wal", {}, get_wal_command},
      {"put-wal", {}, put_wal_command},
      {"archive-wal", {}, archive_wal_command},
      {"receive-wal", {}, receive_wal_command},
      {"check-backup", {}, check_backup_command},
      {"verify-backup", {"verify"}, verify_backup_command},
      {"export-backup", {}, export_backup_command},
      {"import-backup", {}, import_backup_command},
      {"generate-manifest", {}, generate_manifest_command},
      {"keep", {}, keep_command},
      {"check-wal-archive", {}, check_wal_archive_command},
      {"check-archived-wal-range", {}, check_archived_wal_range_command},
      {"config-switch", {}, config_switch_command},
      {"config-update", {}, config_update_command},
      {"cloud-wal-archive", {}, cloud_wal_archive_command},
      {"cloud-wal-restore", {}, cloud_wal_restore_command},
  };
  return table;
}

}  // namespace barman::cli
