#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/time.h"
#include "barman/postgres/connection.h"
#include "barman/wal/segment.h"

// What we ask a PostgreSQL server, one named function per query, versions 10 to 18 (and what older ones need). Contract
// of the queries: algorithms.md section 3. Nothing here needs superuser. "Unknown because the user may not read it" is
// std::nullopt; a lost or impossible connection is Error(Errc::postgres).
namespace barman::postgres {

struct WalPosition {
  Lsn lsn;
  std::optional<std::string> file;  // 24 hex; a standby has none
  std::optional<std::uint32_t> offset;
  Timestamp time;
};
struct TablespaceFact {
  std::string name;
  std::int64_t oid = 0;
  std::string location;
};
struct ConfigurationFiles {
  std::optional<std::string> config_file, hba_file, ident_file;
  std::vector<std::string> included;  // sorted
};
struct Slot {
  std::string name;
  bool active = false;
  std::optional<std::string> restart_lsn;
};
struct ArchiverStats {
  std::optional<std::int64_t> archived_count, failed_count;
  std::optional<std::string> last_archived_wal, last_failed_wal;
  std::optional<Timestamp> last_archived_time, last_failed_time, stats_reset;
  std::optional<bool> is_archiving;
  std::optional<std::string> current_archived_wals_per_second;  // numeric text
};
struct BackupStart {
  Lsn lsn;
  std::optional<std::string> file;
  std::optional<std::uint32_t> offset;
  std::uint32_t timeline = 0;
  Timestamp time;
};
struct BackupStop {
  Lsn lsn;
  std::uint32_t timeline = 0;
  Timestamp time;
  std::string label;
};
struct StreamingClient {  // pg_stat_replication joined with its slot
  std::int64_t pid = 0;
  std::string user_name, application_name, state, sync_state;
  std::optional<std::string> client_addr, client_hostname, slot_name, backend_xmin;
  std::optional<std::int64_t> client_port;
  std::int64_t sync_priority = 0;
  std::optional<Timestamp> backend_start;
  std::optional<Lsn> sent_lsn, write_lsn, flush_lsn, replay_lsn;
};
struct ReplicationUse {  // how many of max_wal_senders and max_replication_slots are taken
  std::int64_t senders = 0, slots = 0;
};
enum class StreamingClientKind { all, hot_standby, wal_streamer };

// The regular SQL connection of one server. Opens on first use; every call probes and reconnects a dead connection,
// except between start_backup() and stop_backup(), when losing it is Error(postgres, "Connection to the Postgres server
// was lost during the backup.").
class Server {
 public:
  // For `patience` see connect().
  explicit Server(std::string conninfo, std::chrono::seconds patience = {}, Connect connect = connect_as_barman);
  ~Server();
  Server(Server&&) noexcept;

  void connect();  // throws; the other calls do it by themselves
  void close();    // also ends a backup that was not stopped
  const std::string& conninfo() const;
  void set_deadline(Deadline deadline);  // for this and the following calls; a new connection inherits it

  int version();               // 150020
  std::string version_text();  // "15.20"
  bool is_in_recovery();
  bool is_superuser();
  bool has_backup_privileges();
  bool has_monitoring_privileges();
  bool has_checkpoint_privileges();
  std::optional<std::string> setting(std::string_view name);  // SHOW; nullopt when unknown or not permitted
  std::uint64_t segment_size();
  std::chrono::seconds checkpoint_timeout();
  std::optional<std::int64_t> cluster_size();
  std::vector<TablespaceFact> tablespaces();
  ConfigurationFiles configuration_files();
  // Every file that configures the server: those above and what they include, as far as the user may know; a list of
  // which he may not is missing, and the reason goes to `unknown`.
  std::vector<std::string> all_configuration_files(std::vector<std::string>& unknown);
  // Of the machine of the server, as far as the user may read it there. Error(postgres) when it cannot be read, or has
  // more bytes.
  std::string read_file(const std::string& path, std::size_t most);
  std::string system_identifier();
  std::uint32_t timeline();  // pg_control_checkpoint / _recovery
  WalPosition current_position();
  std::optional<ArchiverStats> archiver_stats();
  std::optional<Slot> slot(std::string_view name);
  std::vector<std::string> synchronous_standby_names();  // {""} when empty, as Barman shows it
  std::vector<StreamingClient> streaming_clients(StreamingClientKind kind);
  Timestamp server_time();
  std::string user();                                        // that this session is of
  std::optional<bool> may_replicate(std::string_view role);  // nullopt: there is no such role
  ReplicationUse replication_use();

  void checkpoint();
  // Closed segment, or "" when no switch was needed. Throws Error(refused) with Barman's text for lacking
  // privileges.
  std::string switch_wal();
  void create_restore_point(std::string_view name);                             // does nothing on a standby
  BackupStart start_backup(std::string_view label, bool immediate_checkpoint);  // concurrent (non-exclusive)
  // Waits until PostgreSQL's archiver has delivered the last WAL. `while_waiting`: see Connection::set_while_waiting().
  BackupStop stop_backup(const std::function<void()>& while_waiting = {});
  // The exclusive kind, up to PostgreSQL 14: the label lies in PGDATA, and the server stays in backup mode until it is
  // told to leave it, whatever becomes of this session. Without waiting, the last WAL may not be archived yet.
  BackupStart start_exclusive_backup(std::string_view label, bool immediate_checkpoint);
  BackupStop stop_exclusive_backup(bool wait, const std::function<void()>& while_waiting = {});  // no label
  bool is_in_exclusive_backup();
  // SELECT 1 on the backup connection; false: it is lost. The one call that another thread may make meanwhile.
  bool keepalive() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Why a replication slot could not be created or dropped; the text is the server's.
class SlotError : public Error {
 public:
  enum class Why { exists, none_free, missing, in_use };
  SlotError(Why why, const std::string& message) : Error(Errc::refused, message), why_(why) {}
  Why why() const noexcept { return why_; }

 private:
  Why why_;
};

struct StreamingIdentity {
  std::string systemid;
  std::uint32_t timeline = 0;
  Lsn position;
};

// The replication-protocol connection.
class Streaming {
 public:
  // As configured; replication_conninfo() is applied inside. For `patience` see connect().
  explicit Streaming(std::string conninfo, std::chrono::seconds patience = {}, Connect connect = connect_as_barman);
  ~Streaming();
  Streaming(Streaming&&) noexcept;
  StreamingIdentity identify();
  std::string timeline_history(std::uint32_t timeline);  // the text of its history file
  int version();
  void create_physical_slot(std::string_view name);  // SlotError exists, none_free
  void drop_slot(std::string_view name);             // SlotError missing, in_use
  const std::string& conninfo() const;               // the full replication conninfo, for --dbname
  // A session of its own, for a base backup.
  std::unique_ptr<Connection> new_session() const;
  void close();
  void set_deadline(Deadline deadline);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace barman::postgres
