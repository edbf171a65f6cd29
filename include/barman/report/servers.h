#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "barman/core/time.h"
#include "barman/report/cloud_copy.h"
#include "barman/wal/segment.h"

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
  std::optional<CloudCopy> cloud_copy;  // of a server that has one
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

enum class ReplicationTarget { all, hot_standby, wal_streamer };

struct ReplicationClient {
  std::int64_t pid = 0;
  std::string user_name, application_name, state, sync_state;
  std::int64_t sync_priority = 0;
  std::optional<std::string> address, host_name, slot_name, xmin;  // no address: a Unix domain socket
  std::optional<std::int64_t> port;
  std::optional<Timestamp> started_at;
  std::optional<Lsn> sent, write, flush, replay;
  bool standby() const { return replay.has_value(); }
};

// How far a client is behind, as a level of how many there are for its kind (commands.md 3.3).
struct SyncStage {
  int level = 1;
  int levels = 3;
  const char* name = "";
};
SyncStage sync_stage(const ReplicationClient& client, std::optional<Lsn> current);

struct ReplicationReport {
  std::string server;
  bool reached = true;  // false: the server did not answer, and nothing below is known
  ReplicationTarget target = ReplicationTarget::all;
  bool minimal = false;
  std::optional<Lsn> current;
  std::vector<ReplicationClient> clients;
};

}  // namespace barman::report
