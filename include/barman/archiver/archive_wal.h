#pragma once
#include <cstddef>
#include <string>

#include "barman/archive/wal_archive.h"
#include "barman/config/server_config.h"
#include "barman/exec/command.h"
#include "barman/fs/lock_file.h"
#include "barman/report/notifier.h"

// Moving what waits in streaming/ and incoming/ into the archive (algorithms.md section 6).
//
// Order of effects for every file: content of the archived copy synced, name given, directory synced, line in xlog.db
// synced, source removed. The xlog.db lock is held from the name to the line, once per batch. A run that is stopped
// anywhere leaves the source in place until all of that is done, and the next run completes it: a file whose archived
// copy has the same content gets its missing line and goes. Files are read and compressed on all cores; they are
// committed in WAL order. A file that cannot be the WAL of its name (wal_content.h) waits, and holds up nothing: a copy
// may be under way. A whole one takes the place of such a file in the archive.
namespace barman::archiver {

// What archiving works with. Everything must outlive the call.
struct Archiving {
  const config::ServerConfig& config;
  const fs::LockDirectory& locks;
  archive::WalArchive& archive;
  Notifier& notifier;
  exec::Runner& local;                    // runs the hook scripts
  const std::string& configuration_file;  // BARMAN_CONFIGURATION of the hook scripts
};

enum class Say {
  everything,    // also when there is nothing to do, or another process archives
  what_is_done,  // nothing unless a file is handled: for use inside other commands
};

// Both archivers, streaming first, under .{S}-archive-wal.lock. Returns how many files were taken out of the waiting
// directories. Does nothing on a passive node. A file that cannot be archived stays where it is, those before it are
// archived, and the failure is thrown. Throws Error(unsupported) before touching anything when encryption is
// configured.
std::size_t archive_wal(const Archiving& with, Say say);

// Whether archive_wal would find nothing to archive and nothing to move away: a look at two directories and the first
// bytes of what waits there, for cron, which would otherwise start a process to find that out. Logs what archive_wal
// would.
bool nothing_waits(const config::ServerConfig& config);

}  // namespace barman::archiver
