#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/archive/wal_queue.h"
#include "barman/config/server_config.h"
#include "barman/server/server_context.h"

// Moving what waits in streaming/ and incoming/ into the archive (algorithms.md section 6).
//
// Order of effects for every file: content of the archived copy synced, name given, directory synced, line in xlog.db
// synced, source removed. The xlog.db lock is held from the name to the line, once per batch. A run that is stopped
// anywhere leaves the source in place until all of that is done, and the next run completes it: a file whose archived
// copy has the same content gets its missing line and goes. Files are read and compressed on all cores; they are
// committed in WAL order. A file that cannot be the WAL of its name (wal_content.h) waits, and holds up nothing: a copy
// may be under way. A whole one takes the place of such a file in the archive.
namespace barman::archiver {

enum class Say {
  everything,    // also when there is nothing to do, or another process archives
  what_is_done,  // nothing unless a file is handled: for use inside other commands
};

// Both archivers, streaming first, under .{S}-archive-wal.lock. Returns how many files were taken out of the waiting
// directories. Does nothing on a passive node. A file that cannot be archived stays where it is, those before it are
// archived, and the failure is thrown. Throws Error(config) before touching anything when encryption is
// configured without a key.
std::size_t archive_wal(ServerContext& server, Say say);

// Whether archive_wal would find nothing to archive and nothing to move away: a look at two directories and the first
// bytes of what waits there, for cron, which would otherwise start a process to find that out. Logs what archive_wal
// would.
bool nothing_waits(const config::ServerConfig& config);

// What to do with the files that wait for archiving: a pure function of a directory listing (algorithms.md section 6).

using archive::Origin;
using archive::Waiting;

struct ArchivePlan {
  std::size_t found = 0;             // entries seen; those that start with a dot or stay for now do not count
  std::vector<std::string> archive;  // in WAL order (names ascending)
  std::vector<std::string> unknown;  // neither a WAL file nor a temporary one: to the errors directory
  std::vector<Waiting> unfit;        // stay until they are whole, or somebody takes them away
};

// `batch_size`: at most so many files are archived, 0: all. The segment being streamed is left alone: the newest
// .partial file or, when there is none, the last file (pg_receivewal renames a completed segment and syncs it later).
// Names ending in ".tmp" are somebody's unfinished business and stay. What stays holds up nothing else.
ArchivePlan plan_archive(Origin origin, std::vector<Waiting> waiting, std::int64_t batch_size);

// Archives again and again until `wal` is in the archive or, without a name, until the latest WAL of any timeline is
// another one (algorithms.md 9.2). `timeout` 0: no limit. Says what it waits for; a timeout is an error when a name was
// given. False after a timeout; a signal throws Interrupted.
bool wait_for_wal(ServerContext& server, const std::optional<std::string>& wal, std::chrono::seconds timeout);

}  // namespace barman::archiver
