#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "barman/report/check.h"
#include "barman/server/server_context.h"

// The WAL of one server: what arrives, what is handed out, and the archive as a whole.
namespace barman::app {

// `archive-wal`: moves what has arrived in incoming/ and streaming/ into the archive.
void archive_wal(ServerContext& server);
// The same as other commands do it on their way: nothing is said unless there is something to archive, and nothing
// happens while another archive-wal runs.
void archive_pending_wal(ServerContext& server);
// Archives until `wal`, or anything new without a name, is in the archive (archiver/wait_for_wal.h).
bool wait_for_wal(ServerContext& server, const std::optional<std::string>& wal, std::chrono::seconds timeout);

struct SwitchRequest {
  bool force = false;
  bool archive = false;
  std::chrono::seconds archive_timeout{30};  // 0: none
};
// `switch-wal` of one server: closes the segment and, on request, waits until it is archived.
void switch_wal(ServerContext& server, const SwitchRequest& request);

struct ReceiveRequest {
  enum class Action { stream, create_slot, drop_slot, reset } action = Action::stream;
  bool if_not_exists = false;
};
// `receive-wal`: the signal that ended the streaming, or 0.
int receive_wal(ServerContext& server, const ReceiveRequest& request);

// `put-wal`. Both throw Error(refused) when the server's directory is not the one that it was; `sender` is added to
// messages (" (SSH host: 192.0.2.1)").
void require_home(ServerContext& server);
void put_wal(ServerContext& server, int input, const std::string& sender);

struct GetWalRequest {
  std::string name;
  std::string sender;                           // added to messages
  std::optional<std::string> output_directory;  // unset: to `output`
  std::optional<std::string> recompress;        // "gzip" or "bzip2"; unset: decompressed
  bool partial = false;                         // also segments that are not complete yet
  bool keep_compression = false;                // as it is stored
};
enum class GetWalOutcome {
  sent,  // or peeked at
  not_wal_name,
  contradiction,  // keep_compression and recompress
  unwritable,     // the output directory
  not_found,
  reader_gone  // from the other end of `output`
};
// `get-wal`. What is wrong is an error of the notifier, but for a reader that has gone. Throws for WAL that is damaged,
// encrypted, or cannot be written.
GetWalOutcome get_wal(ServerContext& server, const GetWalRequest& request, int output);
// `get-wal --peek`: visits up to `count` files that can be had, which follow one another from that name on.
GetWalOutcome peek_wals(ServerContext& server, const GetWalRequest& request, std::int64_t count,
                        const std::function<void(const std::string& name)>& visit);

// Throws Error(refused) for a server whose WAL is in an object store.
void require_retrievable(const config::ServerConfig& config);

// Throws Error(refused) for a path that does not end in the name of a WAL file, a history file or a backup label, and
// for one where there is no file.
void require_wal_name(const std::string& path);
void require_wal_file(const std::string& path);

// `rebuild-xlogdb`: writes the index of the archive anew.
void rebuild_xlogdb(ServerContext& server);

// `cloud-wal-archive`: archives the file at `path`, which PostgreSQL keeps, and with `parallel` those that wait behind
// it (archiver/cloud_wal_archive.h). Without `parallel` the configuration counts.
void cloud_wal_archive(ServerContext& server, const std::string& path, std::optional<std::int64_t> parallel);

struct CloudRestoreRequest {
  std::string name, destination;
  std::optional<std::int64_t> parallel;  // unset: as configured
  std::optional<std::string> spool;      // unset: the default directory
  std::int64_t bandwidth_limit = 0;      // kB/s; 0: none
};
// `cloud-wal-restore`: the file is at its destination, whole, or nothing is. False: there is no such file, which has
// been reported. Needs the configuration and the store, and nothing else.
bool cloud_wal_restore(ServerContext& server, const CloudRestoreRequest& request);

// `check-wal-archive`: whether a new cluster may archive here.
report::WalArchiveCheck check_wal_archive(ServerContext& server, std::optional<std::int64_t> timeline);
// `check-archived-wal-range`.
report::WalRangeCheck check_archived_wal_range(ServerContext& server, const std::string& begin, const std::string& end);

}  // namespace barman::app
