#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/time.h"
#include "barman/report/measured_restore.h"

namespace barman::report {

// What the commands about the backup catalogue say. Sizes are bytes, words are those of the interface.

// One line of list-backups.
struct BackupListEntry {
  std::string id;
  std::optional<std::string> name;
  std::string type;  // rsync, full, incremental, snapshot
  std::string status;
  bool copied = false;  // DONE or WAITING_FOR_WALS; only then the following
  std::optional<Timestamp> end_time;
  std::int64_t size = 0;      // with the WAL needed for consistency
  std::int64_t wal_size = 0;  // later WAL, up to the next backup
  std::string retention = "-";
  std::optional<bool> in_cloud_copy{};  // of a server that has a second copy
  bool torn = false;                    // incremental, and an ancestor that it is restored with is missing or not whole
};

struct BackupList {
  std::string server;
  bool minimal = false;                  // ids only
  std::vector<BackupListEntry> entries;  // newest first
};

struct TablespaceLine {
  std::string name, location;
  std::int64_t oid = 0;
};

// What show-backup shows about a backup that was copied.
struct CopiedBackup {
  std::string type;               // full, incremental, rsync, snapshot
  bool by_pg_basebackup = false;  // mode postgres: the console shows the type, JSON the children
  std::optional<std::int64_t> version, cluster_size;
  std::optional<std::string> pgdata;
  std::vector<TablespaceLine> tablespaces;

  std::optional<std::string> method, encryption, compression;
  std::int64_t size = 0;  // without what is shared with other backups
  struct Saved {
    std::int64_t bytes = 0;
    double ratio = 0;
  };
  std::optional<Saved> saved;  // rsync and incremental
  std::optional<std::int64_t> timeline, begin_offset, end_offset;
  std::optional<std::string> begin_wal, end_wal, begin_lsn, end_lsn;
  std::optional<Timestamp> begin_time, end_time;
  struct Copy {
    double seconds = 0;
    std::optional<double> analysis_seconds;
    std::optional<double> bytes_per_second;
    std::int64_t workers = 1;
  };
  std::optional<Copy> copy;

  std::int64_t wal_count = 0, wal_size = 0;  // from begin to end
  double wal_compression = 0;
  std::int64_t later_wal_count = 0, later_wal_size = 0;  // up to the next backup
  double later_wal_compression = 0;
  std::optional<double> wals_per_second;
  std::optional<std::string> last_wal;
  std::vector<std::uint32_t> timelines;  // that leave this one after the backup

  std::optional<std::string> retention;  // unset: not enforced
  struct CloudCopyState {
    std::string url;
    bool holds_it = false;
  };
  std::optional<CloudCopyState> cloud_copy;   // of a server that has a second copy
  std::optional<std::string> previous, next;  // ids
  struct Chain {
    std::string root, parent;
    std::int64_t size = 0;               // from the root, or the oldest that is there, to this one
    std::optional<std::string> problem;  // why the backup cannot be restored
  };
  std::optional<Chain> chain;  // incremental
  std::vector<std::string> children;
  std::optional<std::string> snapshots;  // of disks, as backup.info has them
};

struct BackupDetails {
  std::string server, id, status;
  bool entry_alone = false;  // nothing is known but the entry: no WAL, no neighbours, and no row for what it leaves out
  std::optional<std::string> name, system_id, error, data_checksums, summarize_wal;
  std::optional<CopiedBackup> copied;
};

struct KeepStatus {
  std::string server;
  std::string keep;  // full, standalone, nokeep
};

// One setting of a PostgreSQL configuration file in a restored cluster. Lines count from 0.
struct ReportedSetting {
  std::string file;
  std::int64_t line = 0;
  std::string key;
  std::optional<std::string> value;
  friend bool operator==(const ReportedSetting&, const ReportedSetting&) = default;
};

// One thing to do with a cluster that was restored.
struct NextStep {
  std::string text;
  std::optional<std::string> command;  // to type there: of a shell, or SQL
  friend bool operator==(const NextStep&, const NextStep&) = default;
};

// What a finished restore reports (commands.md 3.7, json.md 3.9).
struct RestoreReport {
  std::vector<ReportedSetting> changes;   // neutralised
  std::vector<ReportedSetting> warnings;  // to be reviewed
  std::vector<std::string> missing_files;
  std::vector<std::string> kept_files;  // from outside PGDATA, where they were; now below barman_configuration/
  bool get_wal = false;
  std::string recovery_file;  // where the restore_command stands, relative to the destination
  Timestamp start;
  Micros elapsed{0};
  std::vector<NextStep> next_steps;         // in their order
  std::optional<MeasuredRestore> measured;  // std::nullopt: it is not known how much was copied
};

}  // namespace barman::report
