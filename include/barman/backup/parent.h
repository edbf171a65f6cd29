#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/fs/lock_file.h"
#include "barman/server/server_context.h"
#include "barman/wal/text_files.h"

// The backup that a block-level incremental one is taken on top of.
namespace barman::backup {

// The id of the backup that `argument` means, if an incremental backup of this server may be taken on top of it. Throws
// Error(refused), or Error(not_found), if it could not be restored from it, as far as that can be known: asks
// PostgreSQL and reads the catalogue, writes nothing.
std::string require_parent(ServerContext& server, const std::string& argument);

// Why a server on `timeline`, whose past is `history`, has not written its blocks since that backup; nullopt: it has.
std::optional<std::string> timeline_problem(const catalog::BackupInfo& parent, std::uint32_t timeline,
                                            const std::vector<HistoryEntry>& history);

// While it exists nobody deletes the parent or one of its ancestors, neither by command nor by retention policy: it
// holds the lock of each of them.
class ParentHold {
 public:
  // Waits `patience` for a lock that somebody else holds, then throws Error(lock_busy) that names the holder. Looks at
  // the chain again under the locks, and throws Error(refused) as require_parent() does. Hold the server's backup lock.
  ParentHold(ServerContext& server, std::string parent_id, std::chrono::seconds patience = std::chrono::seconds(60));
  // Notes in the parent's entry that this child exists, however its backup ended.
  void adopt(const std::string& child_id);

 private:
  ServerContext& server_;
  std::string parent_id_;
  std::vector<fs::LockFile> locks_;
};

}  // namespace barman::backup
