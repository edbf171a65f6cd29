#include "store_backup.h"

#include "barman/basebackup/facts.h"
#include "barman/cloud/object_removal.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "watches.h"

namespace barman::backup {
namespace {

constexpr std::uint64_t kilobyte = 1024;

cloud::MakeServer another_session(ServerContext& server) {
  return [&server] {
    return std::make_unique<postgres::Server>(server.postgres().conninfo(), server.config().patience(),
                                              server.connect());
  };
}

postgres::BackupStop stop(BackupRun& run, const std::function<void()>& look) {
  const WalNudge nudge(run.server.primary_postgres(), run.server.config().primary_checkpoint_timeout);
  ArchiveRoom room(run.server.config(), run.segment_size());
  const postgres::BackupStop stopped = run.server.postgres().stop_backup([&] {
    look();
    room.look();
  });
  switch_on_primary(run);  // a standby that does not archive waits for nobody, and would not be nudged
  return stopped;
}

}  // namespace

BackupPlace::BackupPlace(const BackupRun& run)
    : limited_(run.request.bandwidth_limit > 0
                   ? run.server.limited_backup_place(static_cast<std::uint64_t>(run.request.bandwidth_limit) * kilobyte)
                   : nullptr),
      place_(limited_ ? limited_.get() : run.server.backup_place()) {}

cloud::UploadRequest upload_request(const BackupRun& run, const cloud::Layout& layout) {
  const config::ServerConfig& config = run.server.config();
  cloud::UploadRequest request{.layout = layout};
  request.jobs = static_cast<std::size_t>(std::max<std::int64_t>(1, run.request.jobs));
  request.max_archive_size = static_cast<std::uint64_t>(config.cloud_upload_max_archive_size);
  if (config.cloud_upload_min_chunk_size)
    request.min_chunk_size = static_cast<std::uint64_t>(*config.cloud_upload_min_chunk_size);
  return request;
}

void note_size(BackupRun& run, std::uint64_t size) {
  run.info.size = static_cast<std::int64_t>(size);
  run.info.deduplicated_size = run.info.size;
}

void backup_by_upload(BackupRun& run) {
  run.action = "uploading data";
  const BackupPlace place(run);
  const cloud::UploadRequest upload = upload_request(run, place->layout);
  run.copy_start = now();
  const cloud::ClusterCopy copy{
      .upload = upload,
      .label = fmt::format("Barman backup {} {}", run.server.config().name, run.info.backup_id),
      .immediate_checkpoint = run.request.immediate_checkpoint,
      .keepalive = std::chrono::seconds(run.request.keepalive_interval),
      .started = [&run] { run.save(); },
      .stop = [&run](const std::function<void()>& look) { return stop(run, look); }};
  note_size(run, cloud::copy_cluster(copy, *place->store, run.server.postgres(), another_session(run.server),
                                     run.progress, run.info));
  run.info.copy_stats->total_time = static_cast<double>((now() - run.copy_start).count()) / 1e6;
  run.purge_before_first();
}

void abort_remains(ServerContext& server) {
  const cloud::Place* place = server.backup_place();
  if (place == nullptr) return;
  for (const auto& [id, backup] : server.backups().all()) {
    if (backup.status != catalog::BackupStatus::started) continue;
    try {
      cloud::abort_uploads(*place->store, place->layout, id);
    } catch (const Error& error) {
      log::warning(logger, "cannot look for uploads that backup {} left: {}", id, error.what());
    }
  }
}

}  // namespace barman::backup
