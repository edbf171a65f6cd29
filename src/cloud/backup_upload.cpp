#include "backup_upload.h"

#include <fmt/core.h>

#include "backup_logger.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"

namespace barman::cloud {
namespace {

constexpr std::int64_t between_updates = 1024 * 1024;

// False: there is none.
bool upload_named(ArchiveUpload& archive, std::string_view label, const std::string& path, const std::string& name,
                  const Counted& counted) {
  log::info(logger, "Uploading '{}' file from '{}' to '{}' with path '{}'", label, path, archive.current_file_name(),
            name);
  return upload_file(archive, path, name, counted);
}

void require(bool there, const std::string& path) {
  if (!there)
    throw Error(Errc::not_found, fmt::format("'{}' does not exist, or is no file", path),
                "the program has to run on the host of the PostgreSQL server, as a user who may read its files");
}

}  // namespace

ArchiveSet::Setup archive_setup(const UploadRequest& request, std::string_view backup_id) {
  return {.prefix = request.layout.backup(backup_id),
          .wishes = {.max_archive_size = request.max_archive_size,
                     .min_chunk_size = request.min_chunk_size,
                     .jobs = request.jobs},
          .compression = request.compression,
          .options = {.tags = request.tags},
          .journal = request.journal};
}

void put_backup_info(store::ObjectStore& store, const UploadRequest& request, std::string_view backup_id,
                     std::string_view text) {
  const std::string key = request.layout.backup_info(backup_id);
  log::info(logger, "Uploading '{}'", key);
  store.put(key, store::Body::of(text), {.tags = request.tags});
}

void upload_pg_control(ArchiveUpload& archive, const std::string& data, const Counted& counted) {
  const std::string path = data + "/global/pg_control";
  require(upload_named(archive, "pg_control", path, "global/pg_control", counted), path);
}

void upload_outside_files(ArchiveUpload& archive, const catalog::BackupInfo& info, const Counted& counted) {
  const auto upload = [&](const char* label, const std::optional<std::string>& file, bool optional) {
    if (!file || file->starts_with(info.pgdata.value_or("") + "/")) return;
    const bool there = upload_named(archive, label, *file, std::string(base_name(*file)), counted);
    if (!optional) require(there, *file);
  };
  upload("config_file", info.config_file, false);
  upload("hba_file", info.hba_file, false);
  upload("ident_file", info.ident_file, true);
}

UploadProgress::UploadProgress(Progress& progress, std::int64_t expected)
    : progress_(progress), counted_([this](std::uint64_t bytes) { add(bytes); }) {
  progress_.start("", expected);
}

void UploadProgress::add(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  done_ += static_cast<std::int64_t>(bytes);
  if (done_ - told_ < between_updates) return;
  told_ = done_;
  progress_.update(done_);
}

}  // namespace barman::cloud
