#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/cloud/layout.h"
#include "barman/cloud/place.h"
#include "barman/core/time.h"
#include "barman/report/progress.h"
#include "barman/store/object_store.h"
#include "barman/wal/segment.h"

namespace barman::cloud {

// For a backup that was not named.
struct RecoveryGoal {
  std::optional<Timestamp> time{};
  std::optional<Lsn> lsn{};
  std::optional<std::string> timeline{};  // "latest", "current" or digits
};
// The newest of `backups`, which are given in the order in which they were taken, that ended before the goal on its
// timeline. Throws Error(refused) "Cannot find any candidate backup for recovery.". `highest`: of the archived WAL.
const catalog::BackupInfo& choose_for_recovery(const std::vector<catalog::BackupInfo>& backups,
                                               const RecoveryGoal& goal, std::int64_t highest);
// The highest timeline of which there is WAL or a history; 1 if there is none.
std::int64_t highest_timeline(store::ObjectStore& store, const Layout& layout);

struct RestoreRequest {
  Layout layout;
  catalog::BackupInfo backup;
  std::string destination;
  std::map<std::string, std::string> relocations;  // tablespace name to location
  std::uint64_t bytes_per_second = 0;              // that are downloaded; 0: no limit
};

// Restores the files of a backup, with links to tablespaces and a pg_wal, and makes them durable; no recovery settings.
// Everything that can be known before is judged before anything is written: the backup's status, that no archive is
// missing, that all destinations are absent or empty, the room. What is in a bucket is not trusted: every member's path
// is judged, nothing is written through a link. A failure, and a signal, leave the destinations as they were.
void restore_backup(const RestoreRequest& request, store::ObjectStore& store, Progress& progress);

// The two halves of it that remain for whoever judges and keeps destinations in another way. Whether the archives of a
// backup are all there; throws as restore_backup() does.
void require_archives(const RestoreRequest& request, store::ObjectStore& store);
// The files into destinations that are there, without links to tablespaces; not synced. After a failure they may hold
// anything.
void unpack_archives(const RestoreRequest& request, store::ObjectStore& store, Progress& progress);

// One file of PGDATA, looked for from the last archive on, into a file of its own, which appears once it is whole.
// False: there is none.
bool fetch_member(const Place& place, const catalog::BackupInfo& backup, const std::string& name,
                  const std::string& path);

}  // namespace barman::cloud
