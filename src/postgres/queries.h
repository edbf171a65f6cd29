#pragma once
#include <string>
#include <string_view>

// The statements, chosen by the server's version number (150020). What they must answer: algorithms.md section 3;
// every one is named for what it asks. PostgreSQL 10 renamed "xlog" and "location" to "wal"
// and "lsn"; 15 renamed the backup functions.
namespace barman::postgres::queries {

std::string_view version_text();
std::string_view in_recovery();
std::string_view superuser();
std::string backup_privileges(int version);
std::string monitoring_privileges(int version);
std::string checkpoint_privileges(int version);
std::string_view setting();             // $1 name
std::string_view segment_size();        // setting, unit in bytes
std::string_view checkpoint_timeout();  // in seconds
std::string_view cluster_size();
std::string_view tablespaces();
std::string_view configuration_files();  // name, path
std::string_view included_files();
std::string_view settings_files();              // all that were read for settings
std::string authentication_files(int version);  // the same for pg_hba.conf and pg_ident.conf; "" before 16
std::string_view file_content();                // $1 path, $2 most bytes: in base64
std::string_view system_identifier();
std::string_view timeline();
std::string primary_position(int version);  // lsn, file, offset, now
std::string standby_position(int version);  // lsn, now
std::string insert_file(int version);       // file and offset of the insert position
std::string_view archiver_stats();
std::string_view slot();             // $1 name
std::string_view role();             // $1 name: whether it may replicate
std::string_view replication_use();  // WAL senders, slots
std::string streaming_clients(int version);
std::string start_backup(int version);  // $1 label, $2 fast: lsn, timeline, now
// lsn, label, timeline, now; $1: whether it waits until the last WAL is archived
std::string stop_backup(int version);
std::string_view may_see_archive_status();  // from 12 on
std::string_view archives_for_itself();     // and does not wait for the archiver of a primary
std::string_view archived_last();
std::string_view waiting_for_archiver();          // names in one text, with commas between
std::string_view any_waits_for_archiver();        // $1: such a text
std::string start_exclusive_backup(int version);  // $1 label, $2 fast: lsn, file, offset, now; up to 14
std::string stop_exclusive_backup();              // $1 wait for the archive: lsn, timeline, now; 10 to 14
std::string_view exclusive_backup();              // whether one is in progress; up to 14
std::string_view create_restore_point();          // $1 name
std::string switch_wal(int version);
std::string_view server_time();

}  // namespace barman::postgres::queries
