#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  decryption,
  cloud_storage,
  wal_age,
  wal_size,
  compression,
  failed_backups,
  redundancy,
  cloud_copy,
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

// A name of a check as JSON and metrics have it: "PostgreSQL streaming (WAL streaming)" is
// postgresql_streaming_(wal_streaming) (json.md 1).
std::string check_key(std::string_view name);

// Something that stalls and ends, unless somebody looks, with a full disk or without WAL.
struct Stall {
  std::string kind;                   // "replication slot": one of a kind for each server
  std::string text;                   // what stalls, since when, how much of it
  std::string command;                // fixes it, or shows the reason
  std::optional<CheckId> check = {};  // of the same thing
};

// One thing that is wrong about a server, and what fails for no other reason than that.
struct Problem {
  std::string check;                 // name of the check or kind of the stall
  std::string cause;                 // may have several lines, as libpq's texts do
  std::vector<std::string> skipped;  // checks that say nothing while this is so
  std::string command;               // one to try; empty: none
};

// `check --explain`: causes before their consequences.
struct Explanation {
  std::string server;
  std::vector<Problem> problems;
};

// What the checks of a WAL archive say.

// check-wal-archive.
struct WalArchiveCheck {
  std::string server;
  bool passed = false;
  std::string failure{};  // why not; reported as an error of its own
};

// check-archived-wal-range.
struct WalRangeCheck {
  std::string server;
  std::string begin, end;                           // as typed
  std::optional<std::vector<std::string>> missing;  // unset: could not be found out
  std::string failure{};                            // why, or that some are; reported as an error of its own
};

}  // namespace barman::report
