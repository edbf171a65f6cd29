#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "archive_set.h"
#include "barman/cloud/backup.h"
#include "barman/report/progress.h"

// What a backup of a running cluster and one that barman has taken have in common.
namespace barman::cloud {

ArchiveSet::Setup archive_setup(const UploadRequest& request, std::string_view backup_id);
void put_backup_info(store::ObjectStore& store, const UploadRequest& request, std::string_view backup_id,
                     std::string_view text);

// pg_control, which recovery trusts to be at least as new as all other files. `data`: the directory it lies in.
void upload_pg_control(ArchiveUpload& archive, const std::string& data, const Counted& counted);
// Configuration files that are not below PGDATA, at its top.
void upload_outside_files(ArchiveUpload& archive, const catalog::BackupInfo& info, const Counted& counted);

// Shows what several threads count, until it goes.
class UploadProgress {
 public:
  UploadProgress(Progress& progress, std::int64_t expected);
  UploadProgress(const UploadProgress&) = delete;
  UploadProgress& operator=(const UploadProgress&) = delete;
  ~UploadProgress() { progress_.finish(); }
  const Counted& counted() const { return counted_; }

 private:
  void add(std::uint64_t bytes);
  Progress& progress_;
  std::mutex mutex_;
  std::int64_t done_ = 0;
  std::int64_t told_ = 0;
  Counted counted_;
};

}  // namespace barman::cloud
