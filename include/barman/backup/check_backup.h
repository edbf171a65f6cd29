#pragma once
#include <functional>
#include <optional>
#include <string>

#include "barman/catalog/backup_info.h"
#include "barman/server/server_context.h"

// Whether the WAL that a copied backup needs has arrived (algorithms.md 16.2).
namespace barman::backup {

struct WalVerdict {
  catalog::BackupStatus status = catalog::BackupStatus::waiting_for_wals;  // or done, failed
  std::string error;                                                       // failed: why
};

// Where a segment is. What waits for archive-wal, perhaps because half of it has come so far, is not missing although
// later ones may be archived.
enum class SegmentPlace { archive, waiting, nowhere };

// `newest`: the last segment of the backup's timeline in the archive. nullopt: nothing to judge, no end WAL is known.
std::optional<WalVerdict> judge_wal(const catalog::BackupInfo& backup, const std::optional<std::string>& newest,
                                    const std::function<SegmentPlace(const std::string& segment)>& place_of);

enum class LockFileAfterwards { stays, removed };

// Judges and saves the outcome, under the lock of the backup id; a busy lock is reported, and nothing else happens. A
// backup that turns out FAILED is reported as an error. Throws Error(refused) for one that is FAILED already.
void check_backup(ServerContext& server, const std::string& id,
                  LockFileAfterwards afterwards = LockFileAfterwards::stays);

}  // namespace barman::backup
