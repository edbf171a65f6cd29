#include "barman/backup/sync_backup.h"

#include <fmt/core.h>

#include "barman/catalog/retention.h"
#include "barman/catalog/retention_calendar.h"
#include "barman/copy/smart_copy.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/fs/tree.h"

namespace barman::backup {
namespace {

using catalog::BackupInfo;
using catalog::BackupStatus;

bool is_obsolete(const config::ServerConfig& config, const catalog::BackupCatalog& backups,
                 const catalog::Annotations& annotations, const BackupInfo& remote, const Timestamp& now) {
  if (!config.retention_policy) return false;
  std::map<std::string, BackupInfo> together = backups.staying();
  together.insert_or_assign(remote.backup_id, remote);
  const auto keep = [&](const std::string& id) { return annotations.keep(id); };
  const auto report = catalog::retention_report(together, *config.retention_policy, config.minimum_redundancy, keep,
                                                now, backups.histories());
  const auto found = report.find(remote.backup_id);
  if (found == report.end() || found->second != catalog::RetentionStatus::obsolete) return false;
  return !config.retention_calendar ||
         !catalog::calendar_holds(together, *config.retention_calendar, now, backups.histories())
              .contains(remote.backup_id);
}

copy::Item copy_item(ServerContext& server, const catalog::PrimaryInfo& primary, const BackupInfo& info) {
  copy::Item item;
  item.label = "basebackup";
  item.source = primary.basebackups_directory + "/" + info.backup_id;
  item.destination = server.backups().base_directory(info.backup_id);
  item.exclude_and_protect = {"/backup.info", "/.backup.lock"};
  if (info.tablespaces)
    for (const catalog::Tablespace& tablespace : *info.tablespaces)
      item.exclude_and_protect.push_back(fmt::format("/data/pg_tblspc/{}", tablespace.oid));
  item.bandwidth_limit = server.config().bandwidth_limit.value_or(0);
  return item;
}

copy::Request copy_request(ServerContext& server, const catalog::PrimaryInfo& primary, const BackupInfo& info) {
  const config::ServerConfig& config = server.config();
  copy::Request request;
  request.items = {copy_item(server, primary, info)};
  request.files_may_vanish = false;  // nothing writes to a backup: what disappears is being deleted
  request.network_compression = config.network_compression;
  request.jobs = config.parallel_jobs;
  request.jobs_start_batch_size = config.parallel_jobs_start_batch_size;
  request.jobs_start_batch_period = config.parallel_jobs_start_batch_period;
  request.retry = {static_cast<int>(config.basebackup_retry_times), static_cast<int>(config.basebackup_retry_sleep)};
  request.expected_bytes = info.size.value_or(0);
  const auto reuse = config.reuse_backup.value_or(config::ReuseBackup::off);
  if (reuse == config::ReuseBackup::off) return request;
  const BackupInfo* next = server.backups().next(info);
  const BackupInfo* other = next != nullptr ? next : server.backups().previous(info);
  if (other == nullptr) return request;
  request.reuse = reuse == config::ReuseBackup::link ? copy::ReuseMode::link : copy::ReuseMode::copy;
  request.items.front().reuse_directory = server.backups().base_directory(other->backup_id);
  request.safe_horizon = next != nullptr ? info.begin_time : other->begin_time;
  return request;
}

}  // namespace

SyncNeed judge_sync(std::optional<BackupStatus> local, bool on_primary, bool obsolete) {
  const bool here = local == BackupStatus::done || local == BackupStatus::waiting_for_wals;
  if (here) return on_primary ? SyncNeed::synced : SyncNeed::local_only;
  if (!on_primary) return local ? SyncNeed::purge : SyncNeed::absent;
  return obsolete ? SyncNeed::obsolete : SyncNeed::copy;
}

SyncNeed sync_need(const config::ServerConfig& config, const catalog::BackupCatalog& backups,
                   const catalog::Annotations& annotations, const catalog::PrimaryInfo& primary, const std::string& id,
                   const Timestamp& now) {
  const BackupInfo* local = backups.find(id);
  const auto remote = primary.backups.find(id);
  const bool on_primary = remote != primary.backups.end();
  return judge_sync(local == nullptr ? std::nullopt : std::optional(local->status), on_primary,
                    on_primary && is_obsolete(config, backups, annotations, remote->second, now));
}

void sync_backup(ServerContext& server, Progress& progress, const catalog::PrimaryInfo& primary,
                 const std::string& id) {
  BackupInfo info = primary.backups.at(id);
  info.server_name = server.config().name;
  info.mode = "passive";
  info.set_status(BackupStatus::syncing);
  server.backups().save(info);
  try {
    const std::string base = server.backups().base_directory(id);
    fs::make_directories(base);
    copy::smart_copy(copy_request(server, primary, info), server.local(), server.primary_host(), progress);
    const Waiting waiting(progress, "writing the copy to disk");
    fs::sync_tree(base);
  } catch (const std::exception& error) {
    const std::string text =
        fmt::format("failure syncing server {} backup {}: {}", server.config().name, id, error.what());
    info.set_status(BackupStatus::failed);
    info.error = text;
    server.backups().save(info);
    if (dynamic_cast<const Interrupted*>(&error) != nullptr) throw Interrupted(text);
    const auto* known = dynamic_cast<const Error*>(&error);
    throw Error(known ? known->code() : Errc::io, text, known ? known->hint() : "");
  }
  info.set_status(BackupStatus::done);
  server.backups().save(info);
}

}  // namespace barman::backup
