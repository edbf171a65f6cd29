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
  void set_begin(Lsn lsn, std::uint32_t timeline, const Timestamp& time);
  void set_end(Lsn lsn, std::uint32_t timeline, const Timestamp& time);
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

// What the operator sees of the parts of a backup that cannot be counted.
inline constexpr std::string_view waiting_for_checkpoint = "waiting for PostgreSQL's checkpoint";
inline constexpr std::string_view waiting_for_archiver = "waiting for PostgreSQL to archive the last WAL";
inline constexpr std::string_view writing_to_disk = "writing the backup to disk";
// How to shorten the first; nothing when it is as short as it can be.
inline std::string_view checkpoint_advice(const Request& request) {
  if (request.immediate_checkpoint) return {};
  return "PostgreSQL spreads the checkpoint over most of its checkpoint_timeout; immediate_checkpoint = true, or "
         "--immediate-checkpoint, has it made at once.";
}

// Asks PostgreSQL for everything that describes the cluster.
void collect_metadata(BackupRun& run, bool name_each_step);

// The two ways to copy. They throw; BackupRun::action names the step that failed.
void backup_by_rsync(BackupRun& run);
// After a failure, in spite of a signal: takes PostgreSQL out of exclusive backup mode. Reports that it cannot.
void leave_exclusive_backup(BackupRun& run);
void backup_by_pg_basebackup(BackupRun& run);

// "Backup start at LSN: 0/37000028 (000000010000000000000037, 00000028)": the part behind the colon.
std::string describe_position(const std::optional<std::string>& lsn, const std::optional<std::string>& wal,
                              const std::optional<std::int64_t>& offset);

}  // namespace barman::backup
