#pragma once
#include <string>

#include "barman/backup/backup.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/postgres/server.h"
#include "barman/report/progress.h"
#include "barman/wal/segment.h"

namespace barman::backup {

inline constexpr const char* logger = "barman.backup_executor";

// A backup while it is taken.
struct BackupRun {
  const Request& request;
  ServerContext& server;
  Progress& progress;
  catalog::BackupInfo info;
  std::string action = "starting backup";  // what a failure is the failure of (formats.md 3.7)
  Timestamp copy_start = {};
  bool in_exclusive_backup = false;  // PostgreSQL is, or may be: it stays in it until it is told otherwise

  void save() { server.backups().save(info); }
  std::uint64_t segment_size() const { return static_cast<std::uint64_t>(info.xlog_segment_size); }
  std::string data_directory() const { return server.backups().base_directory(info.backup_id) + "/data"; }
  std::string tablespace_directory(const catalog::Tablespace& tablespace) const;
  // Configuration files that are not below PGDATA.
  std::vector<std::string> outside_pgdata(const std::vector<std::optional<std::string>>& files) const;

  // Status STARTED, saved and announced.
  void announce_start();
  // Removes WAL from before a first backup.
  void purge_before_first();
  // Closes the current segment, on the primary where there is one.
  void switch_wal();
};

// What the operator sees of the last part of a backup that cannot be counted; the others: barman/basebackup/facts.h.
inline constexpr std::string_view writing_to_disk = "writing the backup to disk";
// Asks PostgreSQL for everything that describes the cluster.
void collect_metadata(BackupRun& run, bool name_each_step);

// A standby's last segment is archived when the primary closes it: asked for where there is one.
void switch_on_primary(const BackupRun& run);

// The ways to copy. They throw; BackupRun::action names the step that failed.
void backup_by_rsync(BackupRun& run);
// After a failure, in spite of a signal: takes PostgreSQL out of exclusive backup mode. Reports that it cannot.
void leave_exclusive_backup(BackupRun& run);
void backup_by_pg_basebackup(BackupRun& run);
// Of the cluster on this machine, into the object store.
void backup_by_upload(BackupRun& run);

}  // namespace barman::backup
