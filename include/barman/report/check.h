#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace barman::report {

// What a line of `check` is about, in the order in which lines are printed. Names and what follows from each: the table
// in src/check/checks.cpp. "wal_": of the connections that only WAL streaming uses.
enum class CheckId {
  wal_archive,
  incoming_not_empty,
  incoming_queue,
  streaming_not_empty,
  streaming_queue,
  postgres,
  backup_privileges,
  no_backup_privileges,
  streaming,
  wal_level,
  standby,
  primary,
  same_system,
  monitoring_privileges,
  wal_monitoring_privileges,
  no_monitoring_privileges,
  wal_streaming,
  wal_wal_level,
  wal_system_identifier,
  replication_slot,
  wal_replication_slot,
  directories,
  retention_policy,
  backup_age,
  backup_size,
  encryption,
  wal_age,
  wal_size,
  compression,
  failed_backups,
  redundancy,
  ssh,
  ssh_output,
  backup_label,
  local_pgdata,
  backup_strategy,
  not_in_recovery,
  exclusive_backup,
  pg_basebackup,
  pg_basebackup_version,
  pg_basebackup_tablespaces,
  configuration,
  system_identifier,
  pg_receivewal,
  pg_receivewal_version,
  receive_wal,
  archive_mode,
  archive_command,
  continuous_archiving,
  archiver_errors,
  timeout,
  whole,  // all of them: no single one can be blamed
};

// One check and its answer. The name and the hint are part of the interface (commands.md 3.2).
struct CheckLine {
  CheckId id;
  std::string name;
  bool passed = true;
  std::string hint;
};

// What `check` found out about one server, in the order of the checks. Some checks leave a line only when they fail.
struct CheckReport {
  std::string server;
  bool active = true;
  bool disabled = false;
  std::vector<CheckLine> lines;
  std::vector<std::string> configuration_errors;  // printed below the line of CheckId::configuration
  std::optional<std::int64_t> last_backup_bytes;  // performance data for monitoring
  std::optional<std::int64_t> wal_bytes;          // WAL archived after the last backup

  bool passed() const { return std::ranges::all_of(lines, &CheckLine::passed); }
};

}  // namespace barman::report
