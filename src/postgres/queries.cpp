#include "queries.h"

#include <fmt/core.h>

namespace barman::postgres::queries {
namespace {

constexpr int v10 = 100000;
constexpr int v15 = 150000;

// Names that PostgreSQL 10 changed.
struct WalNames {
  const char* current_lsn;
  const char* insert_lsn;
  const char* replay_lsn;
  const char* file_offset;
  const char* switch_function;
  const char* sent;
  const char* write;
  const char* flush;
  const char* replay;
};

constexpr WalNames modern{"pg_current_wal_lsn",
                          "pg_current_wal_insert_lsn",
                          "pg_last_wal_replay_lsn",
                          "pg_walfile_name_offset",
                          "pg_switch_wal",
                          "sent_lsn",
                          "write_lsn",
                          "flush_lsn",
                          "replay_lsn"};
constexpr WalNames ancient{"pg_current_xlog_location",
                           "pg_current_xlog_insert_location",
                           "pg_last_xlog_replay_location",
                           "pg_xlogfile_name_offset",
                           "pg_switch_xlog",
                           "sent_location",
                           "write_location",
                           "flush_location",
                           "replay_location"};

const WalNames& names(int version) { return version >= v10 ? modern : ancient; }

constexpr const char* is_superuser = "(SELECT usesuper FROM pg_user WHERE usename = current_user)";
constexpr const char* may_monitor =
    "(pg_has_role('pg_monitor', 'MEMBER') OR"
    " (pg_has_role('pg_read_all_settings', 'MEMBER') AND pg_has_role('pg_read_all_stats', 'MEMBER')))";

std::string may_execute(std::string_view function) {
  return fmt::format("has_function_privilege('{}', 'EXECUTE')", function);
}

}  // namespace

std::string_view version_text() { return "SELECT version()"; }
std::string_view in_recovery() { return "SELECT pg_is_in_recovery()"; }
std::string_view superuser() { return "SELECT usesuper FROM pg_user WHERE usename = current_user"; }

std::string backup_privileges(int version) {
  if (version < v10) return fmt::format("SELECT {}", is_superuser);
  const std::string start_and_stop =
      version >= v15
          ? may_execute("pg_backup_start(text,boolean)") + " AND " + may_execute("pg_backup_stop(boolean)")
          : may_execute("pg_start_backup(text,boolean,boolean)") + " AND (" + may_execute("pg_stop_backup()") + " OR " +
                may_execute("pg_stop_backup(boolean,boolean)") + ")";
  return fmt::format("SELECT {} OR ({} AND {} AND {} AND {})", is_superuser, may_monitor, start_and_stop,
                     may_execute("pg_switch_wal()"), may_execute("pg_create_restore_point(text)"));
}

std::string monitoring_privileges(int version) {
  if (version < v10) return fmt::format("SELECT {}", is_superuser);
  return fmt::format("SELECT {} OR {}", is_superuser, may_monitor);
}

// The role came with 15; asking an older server for it is an error there.
std::string checkpoint_privileges(int version) {
  if (version < v15) return fmt::format("SELECT {}", is_superuser);
  return fmt::format("SELECT {} OR pg_has_role('pg_checkpoint', 'MEMBER')", is_superuser);
}

std::string_view setting() { return "SELECT current_setting($1, true)"; }

// Before 11 the setting counts blocks of wal_block_size, afterwards bytes.
std::string_view checkpoint_timeout() { return "SELECT setting FROM pg_settings WHERE name = 'checkpoint_timeout'"; }
std::string_view segment_size() {
  return "SELECT CASE WHEN s.unit = 'B' THEN s.setting::bigint ELSE s.setting::bigint * b.setting::bigint END"
         " FROM pg_settings s, pg_settings b WHERE s.name = 'wal_segment_size' AND b.name = 'wal_block_size'";
}

std::string_view cluster_size() { return "SELECT sum(pg_tablespace_size(oid)) FROM pg_tablespace"; }

std::string_view tablespaces() {
  return "SELECT spcname, oid, pg_tablespace_location(oid) FROM pg_tablespace"
         " WHERE pg_tablespace_location(oid) <> ''";
}

std::string_view configuration_files() {
  return "SELECT name, setting FROM pg_settings WHERE name IN ('config_file', 'hba_file', 'ident_file')";
}

std::string_view included_files() {
  return "SELECT DISTINCT sourcefile FROM pg_settings WHERE sourcefile IS NOT NULL AND sourcefile <>"
         " (SELECT setting FROM pg_settings WHERE name = 'config_file') ORDER BY 1";
}

std::string_view settings_files() {
  return "SELECT DISTINCT sourcefile FROM pg_file_settings WHERE sourcefile IS NOT NULL ORDER BY 1";
}

std::string authentication_files(int version) {
  constexpr int first_with_includes = 160000;
  if (version < first_with_includes) return {};
  return "SELECT file_name FROM pg_hba_file_rules WHERE file_name IS NOT NULL"
         " UNION SELECT file_name FROM pg_ident_file_mappings WHERE file_name IS NOT NULL ORDER BY 1";
}

std::string_view file_content() {
  return "SELECT translate(encode(pg_read_binary_file($1::text, 0, $2::bigint), 'base64'), E'\\n', '')";
}

std::string_view system_identifier() { return "SELECT system_identifier FROM pg_control_system()"; }

std::string_view timeline() {
  return "SELECT CASE WHEN pg_is_in_recovery() THEN (SELECT min_recovery_end_timeline FROM pg_control_recovery())"
         " ELSE (SELECT timeline_id FROM pg_control_checkpoint()) END";
}

std::string primary_position(int version) {
  const WalNames& n = names(version);
  return fmt::format(
      "SELECT p.lsn, f.file_name, f.file_offset, current_timestamp FROM (SELECT {}() AS lsn) p, {}(p.lsn) f",
      n.current_lsn, n.file_offset);
}

std::string standby_position(int version) {
  return fmt::format("SELECT {}(), current_timestamp", names(version).replay_lsn);
}

std::string insert_file(int version) {
  const WalNames& n = names(version);
  return fmt::format("SELECT file_name, file_offset FROM {}({}())", n.file_offset, n.insert_lsn);
}

std::string_view archiver_stats() {
  return "SELECT s.archived_count, s.last_archived_wal, s.last_archived_time, s.failed_count, s.last_failed_wal,"
         " s.last_failed_time, s.stats_reset, current_setting('archive_mode') AS archive_mode,"
         " s.archived_count::numeric / nullif(extract(epoch FROM age(now(), s.stats_reset))::numeric, 0) AS rate"
         " FROM pg_stat_archiver s";
}

std::string_view role() { return "SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = $1"; }

std::string_view replication_use() {
  return "SELECT (SELECT count(*) FROM pg_stat_replication), (SELECT count(*) FROM pg_replication_slots)";
}

std::string_view slot() {
  return "SELECT slot_name, active, restart_lsn FROM pg_replication_slots"
         " WHERE slot_type = 'physical' AND slot_name = $1";
}

std::string streaming_clients(int version) {
  const WalNames& n = names(version);
  return fmt::format(
      "SELECT r.pid, r.usename, r.application_name, r.client_addr, r.client_hostname, r.client_port, r.backend_start,"
      " r.backend_xmin, r.state, r.{} AS sent, r.{} AS write, r.{} AS flush, r.{} AS replay, r.sync_priority,"
      " r.sync_state, s.slot_name FROM pg_stat_replication r"
      " LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid"
      " WHERE s.slot_type = 'physical' OR s.slot_type IS NULL ORDER BY r.sync_state DESC, r.sync_priority",
      n.sent, n.write, n.flush, n.replay);
}

std::string start_backup(int version) {
  return fmt::format("SELECT lsn, (SELECT timeline_id FROM pg_control_checkpoint()), now() FROM {} AS lsn",
                     version >= v15 ? "pg_backup_start($1, $2)" : "pg_start_backup($1, $2, FALSE)");
}

std::string stop_backup(int version) {
  return fmt::format("SELECT lsn, labelfile, (SELECT timeline_id FROM pg_control_checkpoint()), now() FROM {}",
                     version >= v15   ? "pg_backup_stop($1)"
                     : version >= v10 ? "pg_stop_backup(FALSE, $1)"
                                      : "pg_stop_backup(FALSE)");
}

std::string_view archives_for_itself() {
  return "SELECT current_setting('archive_mode') <> 'off' AND NOT pg_is_in_recovery()";
}

std::string_view archived_last() {
  return "SELECT last_archived_wal, last_archived_time, stats_reset FROM pg_stat_archiver";
}

std::string_view may_see_archive_status() {
  return "SELECT has_function_privilege('pg_ls_archive_statusdir()', 'EXECUTE')";
}

std::string_view waiting_for_archiver() {
  return "SELECT coalesce(string_agg(name, ','), '') FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'";
}

std::string_view any_waits_for_archiver() {
  return "SELECT EXISTS (SELECT FROM pg_ls_archive_statusdir() WHERE name = ANY (string_to_array($1, ',')))";
}

std::string start_exclusive_backup(int version) {
  return fmt::format(
      "SELECT p.lsn, f.file_name, f.file_offset, now() FROM pg_start_backup($1, $2) AS p(lsn), {}(p.lsn) f",
      names(version).file_offset);
}

// Barman calls pg_stop_backup() without arguments, which always waits, and takes a privilege of its own.
std::string stop_exclusive_backup() {
  return "SELECT lsn, (SELECT timeline_id FROM pg_control_checkpoint()), now() FROM pg_stop_backup(TRUE, $1)";
}

std::string_view exclusive_backup() { return "SELECT pg_is_in_backup()"; }

std::string_view create_restore_point() { return "SELECT pg_create_restore_point($1)"; }
std::string switch_wal(int version) { return fmt::format("SELECT {}()", names(version).switch_function); }
std::string_view server_time() { return "SELECT now()"; }

}  // namespace barman::postgres::queries
