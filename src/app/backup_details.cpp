#include "barman/app/catalog.h"
#include "barman/catalog/wal_window.h"
#include "child_timelines.h"
#include "retention_of.h"

namespace barman::app {
namespace {

using catalog::BackupInfo;
using catalog::BackupType;
using report::CopiedBackup;

CopiedBackup::Chain chain_of(const catalog::BackupCatalog& catalog, const BackupInfo& backup) {
  CopiedBackup::Chain chain{backup.backup_id, backup.parent_backup_id.value_or(""), 1};
  const BackupInfo* at = &backup;
  const auto longest = static_cast<std::int64_t>(catalog.all().size());  // ids that point at each other end here
  while (at && at->parent_backup_id && chain.size <= longest) {
    chain.root = *at->parent_backup_id;
    ++chain.size;
    at = catalog.find(chain.root);
  }
  return chain;
}

std::optional<CopiedBackup::Copy> copy_of(const BackupInfo& backup) {
  if (!backup.copy_stats || !backup.copy_stats->copy_time) return std::nullopt;
  const catalog::CopyStats& stats = *backup.copy_stats;
  CopiedBackup::Copy copy;
  copy.seconds = *stats.copy_time;
  copy.analysis_seconds = stats.analysis_time;
  copy.workers = stats.number_of_workers.value_or(1);
  if (copy.seconds > 0)
    copy.bytes_per_second = static_cast<double>(backup.deduplicated_size.value_or(0)) / copy.seconds;
  return copy;
}

std::optional<CopiedBackup::Saved> saved_by(const BackupInfo& backup) {
  if (backup.type() != BackupType::rsync && backup.type() != BackupType::incremental) return std::nullopt;
  const double ratio = backup.deduplication_ratio();
  const auto whole = backup.cluster_size ? backup.cluster_size : backup.size;
  return CopiedBackup::Saved{static_cast<std::int64_t>(static_cast<double>(whole.value_or(0)) * ratio), ratio};
}

void add_base(const BackupInfo& backup, CopiedBackup& copied) {
  copied.type = to_string(backup.type());
  copied.by_pg_basebackup = backup.mode == "postgres";
  copied.version = backup.version;
  copied.cluster_size = backup.cluster_size;
  copied.pgdata = backup.pgdata;
  for (const auto& space : backup.tablespaces.value_or(std::vector<catalog::Tablespace>{}))
    copied.tablespaces.push_back({space.name, space.location, space.oid});
  copied.method = backup.mode;
  copied.encryption = backup.encryption;
  copied.compression = backup.compression;
  copied.size = backup.deduplicated_size ? *backup.deduplicated_size : backup.size.value_or(0);
  copied.saved = saved_by(backup);
  copied.timeline = backup.timeline;
  copied.begin_offset = backup.begin_offset;
  copied.end_offset = backup.end_offset;
  copied.begin_wal = backup.begin_wal;
  copied.end_wal = backup.end_wal;
  copied.begin_lsn = backup.begin_xlog;
  copied.end_lsn = backup.end_xlog;
  copied.begin_time = backup.begin_time;
  copied.end_time = backup.end_time;
  copied.copy = copy_of(backup);
  copied.snapshots = backup.snapshots_info;
}

void add_wal(const catalog::WalWindow& window, CopiedBackup& copied) {
  copied.wal_count = window.wal_num;
  copied.wal_size = window.wal_size;
  copied.wal_compression = window.wal_compression_ratio;
  copied.later_wal_count = window.wal_until_next_num;
  copied.later_wal_size = window.wal_until_next_size;
  copied.later_wal_compression = window.wal_until_next_compression_ratio;
  copied.wals_per_second = window.wals_per_second;
  copied.last_wal = window.wal_last;
}

void add_catalogue(Server& server, const BackupInfo& backup, CopiedBackup& copied) {
  const catalog::BackupCatalog& catalog = server.backups();
  if (server.config().retention_policy) {
    const auto retention = retention_of(server);
    const auto status = retention.find(backup.backup_id);
    copied.retention = to_string(status == retention.end() ? catalog::RetentionStatus::none : status->second);
  }
  if (const BackupInfo* previous = catalog.previous(backup)) copied.previous = previous->backup_id;
  if (const BackupInfo* next = catalog.next(backup)) copied.next = next->backup_id;
  if (backup.type() == BackupType::incremental) copied.chain = chain_of(catalog, backup);
  copied.children = backup.children();
}

}  // namespace

report::BackupDetails describe_backup(Server& server, const BackupInfo& backup, const TellError& tell) {
  report::BackupDetails details;
  details.server = server.config().name;
  details.id = backup.backup_id;
  details.status = backup.status_text;
  details.name = backup.backup_name;
  details.system_id = backup.systemid;
  details.error = backup.error;
  details.data_checksums = backup.data_checksums;
  details.summarize_wal = backup.summarize_wal;
  if (!backup.copy_done()) return details;

  CopiedBackup& copied = details.copied.emplace();
  add_base(backup, copied);
  const auto attempt = [&tell](const auto& part) {  // what cannot be found out is told, the rest is shown
    try {
      part();
    } catch (const Error& error) {
      if (error.code() == Errc::interrupted) throw;
      tell(error);
    }
  };
  attempt([&] {
    const auto windows = catalog::wal_windows(server.backups(), {&backup}, server.xlogdb(), tell);
    if (const auto window = windows.find(backup.backup_id); window != windows.end()) add_wal(window->second, copied);
  });
  attempt([&] { copied.timelines = child_timelines(server.config(), backup); });
  add_catalogue(server, backup, copied);
  return details;
}

}  // namespace barman::app
