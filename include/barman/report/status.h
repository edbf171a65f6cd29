#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "barman/core/time.h"

namespace barman::report {

// PostgreSQL's own view of WAL archiving.
struct ArchivingStatus {
  std::optional<std::string> archive_command;  // unset or empty: none configured
  std::optional<std::string> last_archived_wal;
  std::optional<Timestamp> last_archived_time;
  std::int64_t failed_count = 0;
  std::optional<std::string> last_failed_wal;
  std::optional<Timestamp> last_failed_time;
  double archived_per_hour = 0;
};

// The PostgreSQL server; `reachable` false: nothing else is known.
struct PostgresStatus {
  bool reachable = false;
  std::string version;
  bool in_recovery = false;
  std::optional<std::int64_t> data_bytes;
  std::optional<std::string> data_directory;
  std::optional<std::string> current_segment;
  std::optional<ArchivingStatus> archiving;  // with archiver = on
};

// What `status` tells about one server (commands.md 3.3, json.md 3.4).
struct StatusReport {
  std::string server;
  std::optional<std::string> description;
  bool active = true;
  bool disabled = false;
  std::optional<std::string> active_model;
  std::optional<PostgresStatus> postgres;  // active and not passive
  bool passive = false;
  std::optional<std::string> retention_policy;  // canonical; unset: not enforced
  std::string retention_mode;
  std::string wal_retention_policy;  // upper case
  std::int64_t backups = 0;          // DONE
  std::optional<std::string> first_backup, last_backup;
  std::int64_t redundancy = 0, minimum_redundancy = 0;
  std::optional<std::string> primary_ssh_command;
};

}  // namespace barman::report
