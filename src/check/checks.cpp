#include "checks.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace barman::check {
namespace {

using enum CheckId;
using report::CheckLine;
using report::CheckReport;
using Try = CommandsToTry;

// What cannot hold while a check fails, in the order in which an explanation lists it.

constexpr CheckId need_configuration[] = {directories, postgres, streaming, ssh, wal_archive};
constexpr CheckId need_postgres[] = {backup_privileges,
                                     streaming,
                                     wal_level,
                                     replication_slot,
                                     system_identifier,
                                     exclusive_backup,
                                     local_pgdata,
                                     archive_mode,
                                     archive_command,
                                     continuous_archiving,
                                     wal_archive,
                                     pg_basebackup_version,
                                     pg_basebackup_tablespaces,
                                     pg_receivewal_version,
                                     receive_wal};
constexpr CheckId need_streaming[] = {replication_slot, pg_basebackup_version, pg_receivewal_version, receive_wal,
                                      wal_archive};
constexpr CheckId need_wal_streaming[] = {wal_replication_slot, receive_wal, wal_archive};
constexpr CheckId need_wal_level[] = {receive_wal, replication_slot, wal_archive};
constexpr CheckId need_pg_receivewal[] = {pg_receivewal_version, receive_wal, replication_slot, wal_replication_slot,
                                          wal_archive};
constexpr CheckId need_its_version[] = {receive_wal, replication_slot, wal_archive};
constexpr CheckId need_pg_basebackup[] = {pg_basebackup_version, pg_basebackup_tablespaces};
constexpr CheckId need_receive_wal[] = {replication_slot, wal_replication_slot, wal_archive};
constexpr CheckId need_archive_mode[] = {archive_command, continuous_archiving, wal_archive};
constexpr CheckId need_archive_command[] = {continuous_archiving, wal_archive};
constexpr CheckId need_archiving[] = {wal_archive};
constexpr CheckId need_ssh[] = {ssh_output};

constexpr CheckId causes[] = {configuration,
                              postgres,
                              streaming,
                              wal_streaming,
                              wal_level,
                              pg_receivewal,
                              pg_receivewal_version,
                              pg_basebackup,
                              receive_wal,
                              archive_mode,
                              archive_command,
                              continuous_archiving,
                              ssh};

// Where a line would be there if only it could have been looked at.

bool always(const config::ServerConfig&) { return true; }
bool where_archived(const config::ServerConfig& config) { return config.archiver; }
bool where_streamed(const config::ServerConfig& config) { return config.streams(); }
bool where_slot_is_used(const config::ServerConfig& config) {
  return config.streaming_archiver && config.slot_name.has_value();
}

// The order of the rows is what operators and their monitoring see.
constexpr Check checks[] = {
    {.id = wal_archive, .name = "WAL archive", .inspect = check_wal_archive, .command = &Try::switch_wal},
    {.id = incoming_not_empty, .name = "empty incoming directory", .blocks_backup = false},
    {.id = incoming_queue,
     .name = "incoming WALs directory",
     .inspect = check_incoming_directory,
     .blocks_backup = false,
     .command = &Try::archive_wal},
    {.id = streaming_not_empty, .name = "empty streaming directory", .blocks_backup = false},
    {.id = streaming_queue,
     .name = "streaming WALs directory",
     .inspect = check_streaming_directory,
     .blocks_backup = false,
     .command = &Try::archive_wal},
    {.id = postgres,
     .name = "PostgreSQL",
     .inspect = check_postgres,
     .command = &Try::connect,
     .consequences = need_postgres},
    {.id = backup_privileges, .name = "superuser or standard user with backup privileges", .applies = always},
    {.id = no_backup_privileges, .name = "no access to backup functions", .command = &Try::create_roles},
    {.id = streaming,
     .name = "PostgreSQL streaming",
     .applies = where_streamed,
     .command = &Try::connect_for_streaming,
     .consequences = need_streaming},
    {.id = wal_level,
     .name = "wal_level",
     .applies = always,
     .command = &Try::raise_wal_level,
     .consequences = need_wal_level},
    {.id = standby, .name = "PostgreSQL server is standby", .blocks_backup = false},
    {.id = primary, .name = "Primary server is not a standby"},
    {.id = same_system, .name = "Primary and standby have same system ID"},
    {.id = monitoring_privileges, .name = "has monitoring privileges"},
    {.id = wal_monitoring_privileges, .name = "has monitoring privileges (WAL streaming)"},
    {.id = no_monitoring_privileges, .name = "no access to monitoring functions", .command = &Try::create_roles},
    {.id = wal_streaming,
     .name = "PostgreSQL streaming (WAL streaming)",
     .inspect = check_wal_overrides,
     .command = &Try::connect_for_streaming,
     .consequences = need_wal_streaming},
    {.id = wal_wal_level, .name = "wal_level (WAL streaming)", .command = &Try::raise_wal_level},
    {.id = wal_system_identifier,
     .name = "systemid coherence (WAL streaming)",
     .command = &Try::show_system_identifier},
    {.id = replication_slot,
     .name = "replication slot",
     .inspect = check_replication_slot,
     .applies = where_slot_is_used,
     .command = &Try::create_slot},
    {.id = wal_replication_slot, .name = "replication slot (WAL streaming)", .command = &Try::create_slot},
    {.id = directories, .name = "directories", .inspect = check_directories},
    {.id = retention_policy,
     .name = "retention policy settings",
     .inspect = check_retention_policy,
     .command = &Try::read_manual},
    {.id = backup_age,
     .name = "backup maximum age",
     .inspect = check_backup_age,
     .blocks_backup = false,
     .command = &Try::backup},
    {.id = backup_size,
     .name = "backup minimum size",
     .inspect = check_backup_size,
     .blocks_backup = false,
     .command = &Try::backup,
     .performance = &CheckReport::last_backup_bytes,
     .measure = last_backup_size},
    {.id = encryption, .name = "encryption", .inspect = check_encryption, .command = &Try::test_encryption},
    {.id = decryption,  // the backup can be decrypted once the passphrase is there again
     .name = "decryption",
     .blocks_backup = false,
     .command = &Try::test_decryption},
    {.id = cloud_storage, .name = "cloud storage configuration", .inspect = check_cloud_storage},
    {.id = wal_age,
     .name = "wal maximum age",
     .inspect = check_wal_age,
     .blocks_backup = false,
     .command = &Try::switch_wal},
    {.id = wal_size,
     .name = "wal size",
     .inspect = check_wal_size,
     .performance = &CheckReport::wal_bytes,
     .measure = wal_size_after_last_backup},
    {.id = compression, .name = "compression settings", .inspect = check_compression, .command = &Try::read_manual},
    {.id = failed_backups,
     .name = "failed backups",
     .inspect = check_failed_backups,
     .blocks_backup = false,
     .command = &Try::list_backups},
    {.id = redundancy,
     .name = "minimum redundancy requirements",
     .inspect = check_redundancy,
     .blocks_backup = false,
     .command = &Try::backup},
    {.id = cloud_copy,
     .name = "cloud copy",
     .inspect = check_cloud_copy,
     .blocks_backup = false,
     .command = &Try::cloud_copy},
    {.id = ssh, .name = "ssh", .inspect = check_ssh, .command = &Try::reach_by_ssh, .consequences = need_ssh},
    {.id = ssh_output, .name = "ssh output clean", .command = &Try::reach_by_ssh},
    {.id = backup_label, .name = "backup_label"},
    {.id = local_pgdata, .name = "local PGDATA", .inspect = check_local_copy},
    {.id = backup_strategy, .name = "postgres minimal version", .inspect = check_backup_strategy},
    {.id = not_in_recovery, .name = "not in recovery"},
    {.id = exclusive_backup, .name = "exclusive backup supported"},
    {.id = pg_basebackup,
     .name = "pg_basebackup",
     .inspect = check_pg_basebackup,
     .command = &Try::install_clients,
     .consequences = need_pg_basebackup},
    {.id = pg_basebackup_version, .name = "pg_basebackup compatible", .command = &Try::install_clients},
    {.id = pg_basebackup_tablespaces,
     .name = "pg_basebackup supports tablespaces mapping",
     .command = &Try::install_clients},
    {.id = configuration,
     .name = "configuration",
     .inspect = check_configuration,
     .command = &Try::read_manual,
     .consequences = need_configuration},
    {.id = system_identifier,
     .name = "systemid coherence",
     .inspect = check_system_identifier,
     .command = &Try::show_system_identifier},
    {.id = pg_receivewal,
     .name = "pg_receivexlog",
     .command = &Try::install_clients,
     .consequences = need_pg_receivewal},
    {.id = pg_receivewal_version,
     .name = "pg_receivexlog compatible",
     .command = &Try::install_clients,
     .consequences = need_its_version},
    {.id = receive_wal,
     .name = "receive-wal running",
     .inspect = check_receive_wal,
     .command = &Try::receive_wal,
     .consequences = need_receive_wal},
    {.id = archive_mode,
     .name = "archive_mode",
     .inspect = check_archive_command,
     .applies = where_archived,
     .command = &Try::switch_archive_mode_on,
     .consequences = need_archive_mode},
    {.id = archive_command,
     .name = "archive_command",
     .applies = where_archived,
     .command = &Try::test_archive_command,
     .consequences = need_archive_command},
    {.id = continuous_archiving,
     .name = "continuous archiving",
     .command = &Try::test_archive_command,
     .consequences = need_archiving},
    {.id = archiver_errors,
     .name = "archiver errors",
     .inspect = check_archiver_errors,
     .blocks_backup = false,
     .command = &Try::list_errors},
    {.id = timeout, .name = "check timeout"},
    {.id = whole, .name = "check"},
};

constexpr bool are_in_order() {
  for (std::size_t i = 0; i < std::size(checks); ++i)
    if (static_cast<std::size_t>(checks[i].id) != i) return false;
  return std::size(checks) == static_cast<std::size_t>(whole) + 1;
}
static_assert(are_in_order(), "every CheckId has its row, in the order of CheckId");

}  // namespace

std::span<const Check> all_checks() { return checks; }
std::string name_of(CheckId id) { return check_of(id).name; }
const Check& check_of(CheckId id) { return checks[static_cast<std::size_t>(id)]; }
std::span<const CheckId> from_cause_to_consequence() { return causes; }

CheckLine answer(CheckId id, bool ok, std::string hint) { return {id, check_of(id).name, ok, std::move(hint)}; }
CheckLine passed(CheckId id, std::string hint) { return answer(id, true, std::move(hint)); }
CheckLine failed(CheckId id, std::string hint) { return answer(id, false, std::move(hint)); }
CheckLine line(CheckId id, bool ok, std::string hint_if_failed) {
  return ok ? passed(id) : failed(id, std::move(hint_if_failed));
}

}  // namespace barman::check
