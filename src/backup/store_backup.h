#pragma once
#include <memory>

#include "backup_run.h"
#include "barman/cloud/backup.h"
#include "barman/cloud/place.h"
#include "outside_files.h"

// What backups whose archives go into an object store have in common.
namespace barman::backup {

// Where a backup of this server goes, with the bandwidth that it was given.
class BackupPlace {
 public:
  explicit BackupPlace(const BackupRun& run);
  const cloud::Place& operator*() const { return *place_; }
  const cloud::Place* operator->() const { return place_; }

 private:
  std::unique_ptr<const cloud::Place> limited_;
  const cloud::Place* place_;
};

cloud::UploadRequest upload_request(const BackupRun& run, const cloud::Layout& layout);
// The backup of the archives that have all arrived.
void note_size(BackupRun& run, std::uint64_t size);

// One attempt at a backup that PostgreSQL sends, at `run.info`. Reads its label. Configuration files from outside
// PGDATA go with it, below barman_configuration/.
void copy_by_stream(BackupRun& run, const OutsideFiles& outside);
// What begins the copy, for people.
std::string stream_announcement(const BackupRun& run);

// Uploads that killed backups left open go; nobody can finish them. Hold the lock of those who take backups.
void abort_remains(ServerContext& server);

}  // namespace barman::backup
