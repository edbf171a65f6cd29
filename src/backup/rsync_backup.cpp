#include <fmt/core.h>

#include <atomic>
#include <future>

#include "archive_room.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "periodic.h"
#include "rsync_items.h"
#include "run.h"
#include "tree.h"
#include "wal_nudge.h"

namespace barman::backup {
namespace {

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

copy::Request copy_request(const Run& run) {
  const Request& wanted = run.request;
  const catalog::BackupCatalog& backups = run.with.backups;
  const catalog::BackupInfo* previous = wanted.reuse == config::ReuseBackup::off ? nullptr : backups.previous(run.info);
  RsyncPlan plan;
  plan.bandwidth_limit = wanted.bandwidth_limit;
  plan.tablespace_limits = run.with.config.tablespace_bandwidth_limit;
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
  request.network_compression = run.with.config.network_compression;
  request.jobs = wanted.jobs;
  request.jobs_start_batch_size = wanted.jobs_start_batch_size;
  request.jobs_start_batch_period = wanted.jobs_start_batch_period;
  request.retry = wanted.retry;
  request.expected_bytes = run.info.cluster_size.value_or(0);
  return request;
}

// The session is the backup: when it is lost, going on is in vain.
void copy_files(Run& run) {
  exec::Cancellation cancellation;
  std::atomic<bool> lost = false;
  copy::Request request = copy_request(run);
  request.cancellation = &cancellation;
  const Periodic heartbeat(std::chrono::seconds(run.request.keepalive_interval), [&] {
    if (run.with.postgres.keepalive()) return true;
    lost = true;
    cancellation.cancel();
    return false;
  });
  try {
    fs::make_directories(run.with.backups.base_directory(run.info.backup_id));
    run.info.copy_stats =
        to_copy_stats(copy::smart_copy(request, run.with.local, run.with.postgres_host, run.with.progress));
  } catch (const std::exception&) {  // given up by the heartbeat, or by what the loss did to rsync
    if (!lost) throw;
    throw Error(Errc::postgres, "Connection to the Postgres server was lost during the backup.",
                "look into PostgreSQL's log and at the network, then start another backup");
  }
}

void start(Run& run) {
  run.action = "issuing start backup command";
  const std::string label = fmt::format("Barman backup {} {}", run.with.config.name, run.info.backup_id);
  const postgres::BackupStart start = [&] {
    const Waiting waiting(run.with.progress, waiting_for_checkpoint, checkpoint_advice(run.request));
    return run.with.postgres.start_backup(label, run.request.immediate_checkpoint);
  }();
  run.set_begin(start.lsn, start.timeline, start.time);
  run.announce_start();
}

void stop(Run& run) {
  run.with.notifier.info("Asking PostgreSQL server to finalize the backup.");
  run.action = "issuing stop backup command (native concurrent)";
  {
    const Waiting waiting(run.with.progress, waiting_for_archiver);
    const WalNudge nudge(run.with.primary, run.with.config.primary_checkpoint_timeout);
    ArchiveRoom room(run.with.config, run.segment_size());
    const postgres::BackupStop stop = run.with.postgres.stop_backup([&room] { room.look(); });
    run.set_end(stop.lsn, stop.timeline, stop.time);
    run.info.backup_label = stop.label;
  }
  run.action = "issuing stop of the backup";
  run.switch_wal();
  run.action = "writing backup label";
  fs::replace_file(run.data_directory() + "/backup_label", *run.info.backup_label);
}

// After a failed copy. pg_backup_stop() would wait until everything is archived, which never happens where it was the
// disk of the archive that had no room for the copy either; the end of its session ends the backup at once.
void abandon(Run& run) {
  run.with.notifier.info("Asking PostgreSQL server to finalize the backup.");
  run.with.postgres.close();
}

void warn_about_included_files(const Run& run) {
  std::vector<std::optional<std::string>> included;
  if (run.info.included_files) included.assign(run.info.included_files->begin(), run.info.included_files->end());
  const std::vector<std::string> outside = run.outside_pgdata(included);
  if (outside.empty()) return;
  std::string text =
      "The usage of include directives is not supported for files that reside outside PGDATA.\n"
      "Please manually backup the following files:";
  for (const std::string& file : outside) text += "\n\t" + file;
  if (run.with.config.backup_options.contains("external_configuration"))
    run.with.notifier.debug(text);
  else
    run.with.notifier.warning(text);
}

}  // namespace

void backup_by_rsync(Run& run) {
  collect_metadata(run, true);
  start(run);
  run.purge_before_first();

  run.action = "copying files";
  const std::string jobs = run.request.jobs > 1 ? fmt::format(" ({} jobs)", run.request.jobs) : "";
  run.with.notifier.info(fmt::format("Starting backup copy via {} for {}{}",
                                     run.with.postgres_host.is_remote() ? "rsync/SSH" : "local rsync",
                                     run.info.backup_id, jobs));
  run.copy_start = now();
  try {
    copy_files(run);
    const auto elapsed = std::chrono::duration<double>(*run.info.copy_stats->copy_time);
    run.with.notifier.info(
        fmt::format("Copy done (time: {})", human_interval(std::chrono::duration_cast<Micros>(elapsed))));
    warn_about_included_files(run);
    run.purge_before_first();
  } catch (const Error& error) {
    if (error.code() == Errc::postgres) throw;
    run.with.notifier.error("The backup has failed copying files");
    abandon(run);
    throw;
  }
  // PostgreSQL waits for its archiver meanwhile, a second at least.
  std::future<void> on_disk =
      std::async(std::launch::async, sync_tree, run.with.backups.base_directory(run.info.backup_id));
  stop(run);
  run.action = "writing the copy to disk";
  const Waiting waiting(run.with.progress, writing_to_disk);
  on_disk.get();
}

}  // namespace barman::backup
