#include "archive_set.h"
#include "backup_archiver_watch.h"
#include "backup_logger.h"
#include "backup_upload.h"
#include "barman/basebackup/facts.h"
#include "barman/cloud/backup.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/periodic.h"

namespace barman::cloud {
namespace {

void start(const ClusterCopy& copy, postgres::Server& postgres, Progress& progress, catalog::BackupInfo& info) {
  basebackup::collect_location(info, postgres);
  info.systemid = postgres.system_identifier();
  const postgres::BackupStart start = [&] {
    const Waiting waiting(progress, basebackup::waiting_for_checkpoint,
                          basebackup::checkpoint_advice(copy.immediate_checkpoint));
    return postgres.start_backup(copy.label, copy.immediate_checkpoint);
  }();
  basebackup::set_begin(info, start.lsn, start.timeline, start.time);
  basebackup::collect_tablespaces(info, postgres, logger);
  info.set_status(catalog::BackupStatus::started);
}

// The session is the backup: once it is lost, continuing is useless.
void upload(const ClusterCopy& copy, ArchiveSet& archives, postgres::Server& postgres, Progress& progress,
            const catalog::BackupInfo& info) {
  const Periodic heartbeat(copy.keepalive, [&] {
    if (postgres.keepalive()) return true;
    archives.parts().fail(
        std::make_exception_ptr(Error(Errc::postgres, "Connection to the Postgres server was lost during the backup.",
                                      "look into PostgreSQL's log and at the network, then start another backup")));
    return false;
  });
  UploadProgress shown(progress, info.cluster_size.value_or(0));
  archives.upload(trees_of(info), shown.counted());
  upload_pg_control(archives.data(), *info.pgdata, shown.counted());
  upload_outside_files(archives.data(), info, shown.counted());
}

void stop(const ClusterCopy& copy, const MakeServer& another, Progress& progress, catalog::BackupInfo& info) {
  const Waiting waiting(progress, basebackup::waiting_for_archiver);
  ArchiverWatch watch(another);
  const postgres::BackupStop stop = copy.stop([&watch] { watch.look(); });
  basebackup::set_end(info, stop.lsn, stop.timeline, stop.time);
  info.backup_label = stop.label;
}

}  // namespace

std::uint64_t copy_cluster(const ClusterCopy& copy, store::ObjectStore& store, postgres::Server& postgres,
                           const MakeServer& another, Progress& progress, catalog::BackupInfo& info) {
  start(copy, postgres, progress, info);
  copy.started();
  ArchiveSet archives(store, archive_setup(copy.upload, info.backup_id));
  upload(copy, archives, postgres, progress, info);
  stop(copy, another, progress, info);
  log::info(logger, "Uploading 'backup_label' file to '{}' with path 'backup_label'",
            archives.data().current_file_name());
  upload_text(archives.data(), *info.backup_label, "backup_label", *info.pgdata);
  archives.complete();
  info.copy_stats = archives.statistics();
  return archives.size();
}

}  // namespace barman::cloud
