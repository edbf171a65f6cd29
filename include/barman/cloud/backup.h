#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/cloud/archive_journal.h"
#include "barman/cloud/layout.h"
#include "barman/codec/format.h"
#include "barman/postgres/base_backup.h"
#include "barman/postgres/server.h"
#include "barman/report/progress.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// How the archives of a backup are made and sent.
struct UploadRequest {
  Layout layout{};
  std::optional<codec::Algorithm> compression{};  // gzip, bzip2, snappy, lz4, zstd
  std::size_t jobs = 2;                           // connections, shared by all archives
  std::uint64_t max_archive_size = std::uint64_t{100} << 30;
  std::optional<std::uint64_t> min_chunk_size{};
  store::Tags tags{};
  // Of trees that do not change: each archive appears as soon as it is complete, and is noted here. nullptr: none is
  // seen before all are complete.
  ArchiveJournal* journal = nullptr;
};

struct BackupRequest {
  UploadRequest upload{};
  std::optional<std::string> name{};
  bool immediate_checkpoint = false;
  std::chrono::seconds keepalive{60};  // 0: never
};

struct BackupOutcome {
  catalog::BackupInfo info;
  std::optional<std::string> failure;  // "Backup failed uploading data (TEXT)"
  std::string hint;
  std::optional<std::string>
      unrecorded;  // that its end could not be: "Backup failed uploading backup.info file (TEXT)"
};

// A second session, for looking at the server while the first one waits.
using MakeServer = std::function<std::unique_ptr<postgres::Server>()>;

// What happens to the cluster on this machine that `postgres` is connected with, from the start of a backup to archives
// that can be seen in the store. Nothing is written to the disk. `info`, which has its id, gets what becomes known of
// the cluster and of the copy. Throws; what was uploaded is taken back then, and PostgreSQL leaves backup mode with its
// session, which is the caller's to close.
struct ClusterCopy {
  const UploadRequest& upload;
  std::string label;  // of the backup on PostgreSQL
  bool immediate_checkpoint = false;
  std::chrono::seconds keepalive{60};  // 0: never
  std::function<void()> started;       // PostgreSQL is in backup mode, and `info` says so
  // Ends the backup on PostgreSQL; `look` is to be called every second while the last WAL is awaited.
  std::function<postgres::BackupStop(const std::function<void()>& look)> stop;
};
// Returns the size of all archives.
std::uint64_t copy_cluster(const ClusterCopy& copy, store::ObjectStore& store, postgres::Server& postgres,
                           const MakeServer& another, Progress& progress, catalog::BackupInfo& info);

// A base backup that PostgreSQL sends becomes the same archives, member by member; nothing but its manifest is written
// to the disk. `info` gets the label and what becomes known of the copy. Throws, as copy_cluster() does; the session is
// the caller's to close.
struct AddedMember {
  std::string name, content{};
  bool is_directory = false;
};
struct StreamedCopy {
  const UploadRequest& upload;
  std::string manifest_path;         // where the manifest is kept here, too
  std::function<void()> files_sent;  // PostgreSQL waits for its archiver from here on
  // What is not in the stream and goes below PGDATA, for its owner alone.
  std::vector<AddedMember> added{};
};
std::uint64_t copy_stream(const StreamedCopy& copy, postgres::BaseBackup& stream, store::ObjectStore& store,
                          Progress& progress, catalog::BackupInfo& info);

// A base backup of the cluster on this machine that `postgres` is connected with, into the store. Order of effects:
// docs/reference/cloud.md, section 3.1. Whatever fails ends in backup.info with FAILED, as far as the store takes that,
// and in uploads taken back; PostgreSQL leaves backup mode with its session. Throws Interrupted after a signal, with
// all that done.
BackupOutcome take_backup(const BackupRequest& request, store::ObjectStore& store, postgres::Server& postgres,
                          const MakeServer& another, Progress& progress);

// A finished backup of barman's, as a hook script gets it.
struct FinishedBackup {
  std::string id;
  std::string directory;  // with data/, and a directory for each tablespace where it is no tarball in data/
  std::string info_path;
};
// Its archives: trees as they are, tarballs of pg_basebackup (info.compression) member by member. The first failure is
// thrown, and leaves nothing but archives that are complete: another attempt replaces them, or continues behind those
// of the journal. (To remove them would be the end of a backup that was there already, and is uploaded again.)
void upload_archives(const FinishedBackup& backup, const catalog::BackupInfo& info, const UploadRequest& request,
                     store::ObjectStore& store, Progress& progress);
// Uploads it as it is: the archives, then backup.info to the letter.
void upload_finished(const FinishedBackup& backup, const UploadRequest& request, store::ObjectStore& store,
                     Progress& progress);

}  // namespace barman::cloud
