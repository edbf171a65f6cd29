#include <fmt/core.h>

#include "barman/basebackup/facts.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/postgres/base_backup.h"
#include "barman/postgres/conninfo.h"
#include "parent_manifest.h"
#include "store_backup.h"
#include "watches.h"

// Backups by PostgreSQL's own base backup (backup_method = postgres) into an object store, without a copy on this host.
namespace barman::backup {
namespace {

postgres::Streaming streaming_for(const BackupRun& run) {
  const auto items = postgres::parse_conninfo(run.server.streaming().conninfo());
  std::string conninfo =
      fmt::format("{} {}", postgres::to_conninfo(items),
                  postgres::to_conninfo({{"application_name", run.server.config().streaming_backup_name}}));
  return postgres::Streaming(std::move(conninfo), run.server.config().patience(), run.server.connect());
}

postgres::BaseBackupRequest request_of(BackupRun& run) {
  return {.label = fmt::format("Barman backup {} {}", run.server.config().name, run.info.backup_id),
          .immediate_checkpoint = run.request.immediate_checkpoint,
          .max_rate = run.request.bandwidth_limit,
          .parent_manifest =
              run.request.parent ? std::optional(parent_manifest(run.server, *run.request.parent)) : std::nullopt};
}

// Paths that begin at the root.
std::vector<cloud::AddedMember> members_of(const OutsideFiles& outside) {
  const std::string directory = catalog::kept_configuration_directory;
  std::vector<cloud::AddedMember> members;
  for (const std::string& path : outside.directories)
    members.push_back({.name = directory + path, .is_directory = true});
  for (const OutsideFile& file : outside.files)
    members.push_back({.name = directory + file.path, .content = file.text});
  return members;
}

}  // namespace

std::string stream_announcement(const BackupRun& run) {
  const std::string& url = run.server.config().basebackups_directory;
  return fmt::format("Starting backup copy via pg_basebackup for {} to the cloud storage {}: {}", run.info.backup_id,
                     cloud::provider_name(url), url);
}

void copy_by_stream(BackupRun& run, const OutsideFiles& outside) {
  const BackupPlace place(run);
  const cloud::UploadRequest upload = upload_request(run, place->layout);
  fs::make_directories(run.server.config().meta_directory());
  ArchiveRoom room(run.server.config(), run.segment_size());
  bool sent = false;
  const auto look = [&] {
    if (sent) room.look();
  };
  const postgres::Streaming streaming = streaming_for(run);
  postgres::BaseBackup stream = [&] {
    const Waiting waiting(run.progress, basebackup::waiting_for_checkpoint,
                          basebackup::checkpoint_advice(run.request.immediate_checkpoint));
    return postgres::BaseBackup(streaming.new_session(), request_of(run), look);
  }();
  const cloud::StreamedCopy copy{.upload = upload,
                                 .manifest_path = run.server.backups().manifest_path(run.info.backup_id),
                                 .files_sent =
                                     [&] {
                                       sent = true;
                                       run.progress.wait(basebackup::waiting_for_archiver, "");
                                       switch_on_primary(run);
                                     },
                                 .added = members_of(outside)};
  note_size(run, cloud::copy_stream(copy, stream, *place->store, run.progress, run.info));
}

}  // namespace barman::backup
