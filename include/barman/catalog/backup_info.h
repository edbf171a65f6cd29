#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/core/time.h"
#include "barman/wal/segment.h"

namespace barman::catalog {

enum class BackupStatus { empty, started, waiting_for_wals, done, failed, syncing, unknown };
std::string_view to_string(BackupStatus status);  // "WAITING_FOR_WALS"; unknown keeps BackupInfo::status_text
BackupStatus parse_backup_status(std::string_view word);

enum class BackupType { rsync, full, incremental, snapshot };
std::string_view to_string(BackupType type);

struct Tablespace {
  std::string name;
  std::int64_t oid = 0;
  std::string location;
  friend bool operator==(const Tablespace&, const Tablespace&) = default;
};

// formats.md 3.5. Seconds. The maps keep insertion order.
struct CopyStats {
  using PerItem = std::vector<std::pair<std::string, double>>;
  std::optional<double> total_time, copy_time, analysis_time, serialized_copy_time;
  std::optional<std::int64_t> number_of_workers;
  std::optional<PerItem> analysis_time_per_item, copy_time_per_item, serialized_copy_time_per_item;
  std::string
      source;  // the whole literal when read from a file, written back as it is; leave it empty in new statistics
};

// One backup of the catalogue: the fields of backup.info (formats.md 3.3) under their own names. A null field is
// std::nullopt. `backup_id` is not in the file; it comes from the file's name.
struct BackupInfo {
  std::string backup_id;
  std::string server_name;
  BackupStatus status = BackupStatus::empty;
  std::string status_text = "EMPTY";  // as read; written back when status is unknown

  std::optional<std::string> backup_label, backup_name;
  std::optional<std::int64_t> begin_offset, end_offset;
  std::optional<Timestamp> begin_time, end_time;
  std::optional<std::string> begin_wal, end_wal;
  std::optional<std::string> begin_xlog, end_xlog;  // LSN text
  std::optional<std::string> children_backup_ids;   // comma-joined
  std::optional<std::int64_t> cluster_size, size, deduplicated_size;
  std::optional<std::string> compression, encryption, error;
  std::optional<std::string> config_file, hba_file, ident_file;
  std::optional<CopyStats> copy_stats;
  std::optional<std::string> data_checksums, summarize_wal;
  std::optional<std::vector<std::string>> included_files;
  std::optional<std::string> mode;
  std::optional<std::string> parent_backup_id, pgdata, systemid;
  std::optional<std::string> snapshots_info;  // Python literal, kept as text: snapshots are only carried along
  std::optional<std::vector<Tablespace>> tablespaces;
  std::optional<std::int64_t> timeline, version;
  std::int64_t xlog_segment_size = 16777216;

  bool copy_done() const {  // DONE or WAITING_FOR_WALS
    return status == BackupStatus::done || status == BackupStatus::waiting_for_wals;
  }
  BackupType type() const;
  bool is_full_and_eligible() const;  // neither incremental nor snapshot (latest-full)
  double deduplication_ratio() const;
  std::string wal_directory_name() const;  // pg_wal, or pg_xlog before 10
  std::vector<std::string> children() const;
  int major_version() const;  // 15; 906 for 9.6
  void set_status(BackupStatus value);
};

// Text of backup.info, byte for byte as Barman writes it.
std::string serialize(const BackupInfo& info);
// Throws Error(corrupt) naming `file` and the line. Unknown fields are refused with Barman's message (a field we
// do not know may mean a backup we cannot restore).
BackupInfo parse_backup_info(std::string_view text, std::string_view file, std::string_view backup_id);
// What a text that cannot be parsed says of one field all the same; nullopt: nothing, null, or different things.
std::optional<std::string> salvage_field(std::string_view text, std::string_view name);

}  // namespace barman::catalog
