#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "barman/core/time.h"

namespace barman::report {

// A replication slot, as far as it is shown.
struct SlotFact {
  std::string name;
  bool active = false;
  std::optional<std::string> restart_lsn;
};
// A number of PostgreSQL type numeric, in its own digits.
struct Decimal {
  std::string text;
};
// Words of an option, and the name that Barman prints before them.
struct WordSet {
  std::string kind;  // "BackupOptions", "RecoveryOptions"
  std::set<std::string> words;
};

// Something known about a server, under the names of json.md 3.3. Null: not known, or not set.
using Fact = std::variant<std::nullptr_t, bool, std::int64_t, std::string, std::vector<std::string>,
                          std::map<std::string, std::int64_t>, WordSet, Micros, Timestamp, Decimal, SlotFact>;
using Facts = std::map<std::string, Fact>;

// show-servers: configuration and state of one server.
struct ServerFacts {
  std::string server;
  bool active = true;
  bool disabled = false;
  Facts values;
};

// One line of list-servers.
struct ListedServer {
  std::string name;
  std::string description;
  bool active = true;
  bool disabled = false;
  bool passive = false;
};
struct ServerList {
  std::vector<ListedServer> servers;
  bool minimal = false;  // names only, for people
};

// What a machine says about itself (diagnose). Empty: unknown.
struct SystemInfo {
  std::string kernel, release, rsync, ssh, python_path, python_version;
};

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

// What `status` shows about one server (commands.md 3.3, json.md 3.4).
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

// The barman processes that hold a lock of one server.
struct ProcessList {
  struct Item {
    std::string task;  // receive-wal, sync-backup, backup, cron, archive-wal, sync-wal
    int pid = 0;
  };
  std::string server;
  std::vector<Item> items;
};

// What a configuration model changes for a server.
struct ModelSwitch {
  struct Change {
    std::string option;
    Fact from, to;
  };
  std::string server, model;
  bool already_active = false;
  std::vector<Change> changes;
};

}  // namespace barman::report
