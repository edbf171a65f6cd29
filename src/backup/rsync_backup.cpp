#include "rsync_backup.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "backup_run.h"
#include "barman/basebackup/facts.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/periodic.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/fs/write_behind.h"
#include "barman/wal/segment.h"
#include "barman/wal/text_files.h"
#include "watches.h"

namespace barman::backup {

namespace {

// What PostgreSQL recreates, or what would harm a restored cluster.
const std::vector<std::string>& transient_files() {
  static const std::vector<std::string> patterns = {"pgsql_tmp*",
                                                    "postgresql.auto.conf.tmp",
                                                    "current_logfiles.tmp",
                                                    "pg_internal.init",
                                                    "postmaster.pid",
                                                    "postmaster.opts",
                                                    "recovery.conf",
                                                    "standby.signal",
                                                    "**/[0-9]*/t[0-9]*_[0-9]*",
                                                    "pg_dynshmem/*",
                                                    "pg_notify/*",
                                                    "pg_replslot/*",
                                                    "pg_serial/*",
                                                    "pg_stat_tmp/*",
                                                    "pg_snapshots/*",
                                                    "pg_subtrans/*"};
  return patterns;
}

bool had_tablespace(const catalog::BackupInfo& backup, std::int64_t oid) {
  return backup.tablespaces &&
         std::ranges::any_of(*backup.tablespaces, [oid](const auto& tablespace) { return tablespace.oid == oid; });
}

copy::Item tablespace_item(const catalog::BackupInfo& info, const catalog::Tablespace& tablespace,
                           const RsyncPlan& plan) {
  copy::Item item;
  item.label = tablespace.name;
  item.source = tablespace.location;
  item.destination = fmt::format("{}/{}", plan.base_directory, tablespace.oid);
  // Several clusters may share a location.
  item.include = {fmt::format("/PG_{}_*", basebackup::major_version_text(info))};
  item.exclude = {"/*"};
  item.exclude.insert(item.exclude.end(), transient_files().begin(), transient_files().end());
  if (plan.previous != nullptr && had_tablespace(*plan.previous, tablespace.oid))
    item.reuse_directory = plan.previous_tablespace(tablespace.oid);
  const auto limit = plan.tablespace_limits.find(tablespace.name);
  item.bandwidth_limit = limit == plan.tablespace_limits.end() ? plan.bandwidth_limit : limit->second;
  return item;
}

copy::Item data_item(const catalog::BackupInfo& info, const RsyncPlan& plan) {
  copy::Item item;
  item.label = "pgdata";
  item.source = *info.pgdata;
  item.destination = plan.base_directory + "/data";
  item.exclude = {"/pg_log/*", "/log/*", "/pg_xlog/*", "/pg_wal/*", "/global/pg_control"};
  item.exclude.insert(item.exclude.end(), transient_files().begin(), transient_files().end());
  if (info.tablespaces)
    for (const catalog::Tablespace& tablespace : *info.tablespaces) {
      if (tablespace.location.starts_with(*info.pgdata + "/"))
        item.exclude_and_protect.push_back(tablespace.location.substr(info.pgdata->size()));
      item.exclude_and_protect.push_back(fmt::format("/pg_tblspc/{}", tablespace.oid));
    }
  if (plan.previous != nullptr) item.reuse_directory = plan.previous_data;
  item.bandwidth_limit = plan.bandwidth_limit;
  return item;
}

copy::Item file_item(std::string label, std::string source, std::string destination) {
  copy::Item item;
  item.label = std::move(label);
  item.directory = false;
  item.source = std::move(source);
  item.destination = std::move(destination);
  return item;
}

copy::ReuseMode reuse_mode(config::ReuseBackup reuse) {
  switch (reuse) {
    case config::ReuseBackup::off:
      return copy::ReuseMode::none;
    case config::ReuseBackup::copy:
      return copy::ReuseMode::copy;
    case config::ReuseBackup::link:
      return copy::ReuseMode::link;
  }
  return copy::ReuseMode::none;
}

catalog::CopyStats to_copy_stats(const copy::Statistics& times) {
  catalog::CopyStats stats;
  stats.total_time = times.total_time;
  stats.number_of_workers = times.number_of_workers;
  stats.analysis_time = times.analysis_time;
  stats.copy_time = times.copy_time;
  stats.serialized_copy_time = times.serialized_copy_time;
  stats.analysis_time_per_item.emplace();
  stats.copy_time_per_item.emplace();
  stats.serialized_copy_time_per_item.emplace();
  for (const copy::ItemTimes& item : times.items) {
    if (item.analysed) stats.analysis_time_per_item->emplace_back(item.label, item.analysis);
    stats.copy_time_per_item->emplace_back(item.label, item.copy);
    stats.serialized_copy_time_per_item->emplace_back(item.label, item.serialized);
  }
  return stats;
}

copy::Request copy_request(const BackupRun& run) {
  const Request& wanted = run.request;
  const catalog::BackupCatalog& backups = run.server.backups();
  const catalog::BackupInfo* previous = wanted.reuse == config::ReuseBackup::off ? nullptr : backups.previous(run.info);
  RsyncPlan plan;
  plan.bandwidth_limit = wanted.bandwidth_limit;
  plan.tablespace_limits = run.server.config().tablespace_bandwidth_limit;
  plan.base_directory = backups.base_directory(run.info.backup_id);
  plan.previous = previous;
  if (previous != nullptr) {
    plan.previous_data = backups.data_directory(previous->backup_id);
    plan.previous_tablespace = [&backups, previous](std::int64_t oid) {
      return backups.tablespace_directory(previous->backup_id, oid);
    };
  }
  copy::Request request;
  request.items = rsync_items(run.info, plan);
  if (previous != nullptr) {
    request.reuse = reuse_mode(wanted.reuse);
    request.safe_horizon = previous->begin_time;
  }
  request.network_compression = run.server.config().network_compression;
  request.jobs = wanted.jobs;
  request.jobs_start_batch_size = wanted.jobs_start_batch_size;
  request.jobs_start_batch_period = wanted.jobs_start_batch_period;
  request.retry = wanted.retry;
  request.expected_bytes = run.info.cluster_size.value_or(0);
  return request;
}

// The session is the backup: once it is lost, continuing is useless.
void copy_files(BackupRun& run) {
  exec::Cancellation cancellation;
  std::atomic<bool> lost = false;
  copy::Request request = copy_request(run);
  request.cancellation = &cancellation;
  const Periodic heartbeat(std::chrono::seconds(run.request.keepalive_interval), [&] {
    if (run.server.postgres().keepalive()) return true;
    lost = true;
    cancellation.cancel();
    return false;
  });
  try {
    run.info.copy_stats =
        to_copy_stats(copy::smart_copy(request, run.server.local(), run.server.postgres_host(), run.progress));
  } catch (const std::exception&) {  // cancelled by the heartbeat, or rsync failed with the connection
    if (!lost) throw;
    throw Error(Errc::postgres, "Connection to the Postgres server was lost during the backup.",
                "look into PostgreSQL's log and at the network, then start another backup");
  }
}

// One that is in progress is somebody else's, or was left by somebody who was killed: it is not ours to end.
postgres::BackupStart start_exclusive(BackupRun& run, const std::string& label) {
  postgres::Server& postgres = run.server.postgres();
  if (postgres.is_in_exclusive_backup())
    throw Error(Errc::refused, "PostgreSQL is in an exclusive backup already",
                "if nobody is taking it any more, end it on the server with SELECT pg_stop_backup()");
  run.in_exclusive_backup = true;
  try {
    return postgres.start_exclusive_backup(label, run.request.immediate_checkpoint);
  } catch (const postgres::QueryError&) {
    run.in_exclusive_backup = false;  // PostgreSQL has said no
    throw;
  }
}

void start(BackupRun& run) {
  run.action = "issuing start backup command";
  const std::string label = fmt::format("Barman backup {} {}", run.server.config().name, run.info.backup_id);
  const postgres::BackupStart start = [&] {
    const Waiting waiting(run.progress, basebackup::waiting_for_checkpoint,
                          basebackup::checkpoint_advice(run.request.immediate_checkpoint));
    if (run.server.config().exclusive()) return start_exclusive(run, label);
    return run.server.postgres().start_backup(label, run.request.immediate_checkpoint);
  }();
  basebackup::set_begin(run.info, start.lsn, start.timeline, start.time);
  run.announce_start();
}

// What recovery begins with. It was copied with everything else.
void require_own_label(const BackupRun& run) {
  const std::string path = run.data_directory() + "/backup_label";
  const auto text = fs::read_file_if_exists(path);
  if (!text || to_string(parse_backup_label(*text).start) != run.info.begin_xlog)
    throw Error(Errc::corrupt,
                fmt::format("'{}' is not the label of this backup, which begins at {}", path, *run.info.begin_xlog),
                "another exclusive backup has replaced it in PGDATA: let only one be taken at a time");
}

void stop_exclusive(BackupRun& run) {
  run.server.notifier().info("Asking PostgreSQL server to finalize the backup.");
  run.action = "issuing stop backup command";
  {
    const Waiting waiting(run.progress, basebackup::waiting_for_archiver);
    ArchiveRoom room(run.server.config(), run.segment_size());
    const postgres::BackupStop stop = run.server.postgres().stop_exclusive_backup(true, [&room] { room.look(); });
    run.in_exclusive_backup = false;
    basebackup::set_end(run.info, stop.lsn, stop.timeline, stop.time);
  }
  run.action = "reading backup label";
  require_own_label(run);
}

void stop(BackupRun& run) {
  run.server.notifier().info("Asking PostgreSQL server to finalize the backup.");
  run.action = "issuing stop backup command (native concurrent)";
  {
    const Waiting waiting(run.progress, basebackup::waiting_for_archiver);
    const WalNudge nudge(run.server.primary_postgres(), run.server.config().primary_checkpoint_timeout);
    ArchiveRoom room(run.server.config(), run.segment_size());
    const postgres::BackupStop stop = run.server.postgres().stop_backup([&room] { room.look(); });
    basebackup::set_end(run.info, stop.lsn, stop.timeline, stop.time);
    run.info.backup_label = stop.label;
  }
  run.action = "issuing stop of the backup";
  run.switch_wal();
  run.action = "writing backup label";
  fs::replace_file(run.data_directory() + "/backup_label", *run.info.backup_label);
}

// After a failed copy. pg_backup_stop() would wait until everything is archived, which never happens where it was the
// disk of the archive that had no room for the copy either; the end of its session ends the backup at once.
void abandon(BackupRun& run) {
  run.server.notifier().info("Asking PostgreSQL server to finalize the backup.");
  run.server.postgres().close();
}

void warn_about_included_files(const BackupRun& run) {
  std::vector<std::optional<std::string>> included;
  if (run.info.included_files) included.assign(run.info.included_files->begin(), run.info.included_files->end());
  const std::vector<std::string> outside = run.outside_pgdata(included);
  if (outside.empty()) return;
  std::string text =
      "The usage of include directives is not supported for files that reside outside PGDATA.\n"
      "Please manually backup the following files:";
  for (const std::string& file : outside) text += "\n\t" + file;
  if (run.server.config().backup_options.contains("external_configuration"))
    run.server.notifier().debug(text);
  else
    run.server.notifier().warning(text);
}

}  // namespace

std::vector<copy::Item> rsync_items(const catalog::BackupInfo& info, const RsyncPlan& plan) {
  std::vector<copy::Item> items;
  if (info.tablespaces)
    for (const catalog::Tablespace& tablespace : *info.tablespaces)
      items.push_back(tablespace_item(info, tablespace, plan));
  items.push_back(data_item(info, plan));
  const std::string data = plan.base_directory + "/data";

  // Recovery trusts it to be at least as new as all other files.
  copy::Item control = file_item("pg_control", *info.pgdata + "/global/pg_control", data + "/global/pg_control");
  control.last = true;
  items.push_back(std::move(control));

  const auto add_outside = [&](const char* label, const std::optional<std::string>& file) {
    if (!file || file->starts_with(*info.pgdata + "/")) return;
    items.push_back(file_item(label, *file, fmt::format("{}/{}", data, base_name(*file))));
    items.back().optional = std::string_view(label) == "ident_file";
  };
  add_outside("config_file", info.config_file);
  add_outside("hba_file", info.hba_file);
  add_outside("ident_file", info.ident_file);
  return items;
}

void leave_exclusive_backup(BackupRun& run) {
  if (!run.in_exclusive_backup) return;
  try {
    if (run.server.postgres().is_in_exclusive_backup()) run.server.postgres().stop_exclusive_backup(false);
    run.in_exclusive_backup = false;
  } catch (const std::exception& error) {
    run.server.notifier().error(
        with_hint(fmt::format("PostgreSQL may still be in backup mode: {}", error.what()),
                  "end the exclusive backup on the server with SELECT pg_stop_backup(); a server that is started "
                  "with its backup_label in PGDATA begins a recovery"));
  }
}

void backup_by_rsync(BackupRun& run) {
  collect_metadata(run, true);
  start(run);
  run.purge_before_first();

  run.action = "copying files";
  const std::string jobs = run.request.jobs > 1 ? fmt::format(" ({} jobs)", run.request.jobs) : "";
  run.server.notifier().info(fmt::format("Starting backup copy via {} for {}{}",
                                         run.server.postgres_host().is_remote() ? "rsync/SSH" : "local rsync",
                                         run.info.backup_id, jobs));
  run.copy_start = now();
  const std::string base = run.server.backups().base_directory(run.info.backup_id);
  std::optional<fs::WriteBehind> behind;
  try {
    fs::make_directories(base);
    behind.emplace(base);
    copy_files(run);
    const auto elapsed = std::chrono::duration<double>(*run.info.copy_stats->copy_time);
    run.server.notifier().info(
        fmt::format("Copy done (time: {})", human_interval(std::chrono::duration_cast<Micros>(elapsed))));
    warn_about_included_files(run);
    run.purge_before_first();
  } catch (const Error& error) {
    if (error.code() == Errc::postgres) throw;
    run.server.notifier().error("The backup has failed copying files");
    abandon(run);
    throw;
  }
  // PostgreSQL waits for its archiver meanwhile.
  std::future<void> on_disk = std::async(std::launch::async, [&behind] { behind->finish(); });
  run.server.config().exclusive() ? stop_exclusive(run) : stop(run);
  run.action = "writing the copy to disk";
  const Waiting waiting(run.progress, writing_to_disk);
  on_disk.get();
}

}  // namespace barman::backup
