#include <fmt/core.h>
#include <sys/stat.h>

#include <memory>

#include "archive_set.h"
#include "backup_logger.h"
#include "backup_upload.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/backup.h"
#include "barman/cloud/object_removal.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "tarball_members.h"

namespace barman::cloud {
namespace {

constexpr const char* manifest = "backup_manifest";

// The trees of the cluster, where barman keeps their copies.
std::vector<Tree> copied_trees(const catalog::BackupInfo& info, const std::string& directory) {
  std::vector<Tree> trees = trees_of(info);
  for (Tree& tree : trees) tree.root = fmt::format("{}/{}", directory, tree.name);
  return trees;
}

// Configuration files of the server from outside PGDATA, which are kept beside data/: a restore finds them where one of
// a streamed backup does. Links would lead elsewhere.
void upload_kept_configuration(const FinishedBackup& backup, ArchiveUpload& archive, const Counted& counted) {
  const std::string kept = fmt::format("{}/{}", backup.directory, catalog::kept_configuration_directory);
  if (!fs::is_directory(kept)) return;
  fs::walk(kept, [&](const fs::Entry& entry) {
    const std::string name = fmt::format("./{}/{}", catalog::kept_configuration_directory, entry.relative);
    if (S_ISREG(entry.info.st_mode)) upload_file(archive, entry.path, name, counted);
  });
}

void upload_plain(const FinishedBackup& backup, const catalog::BackupInfo& info, ArchiveSet& archives,
                  const Counted& counted) {
  archives.upload(copied_trees(info, backup.directory), counted);
  upload_kept_configuration(backup, archives.data(), counted);
  upload_pg_control(archives.data(), backup.directory + "/data", counted);
}

// pg_basebackup --format=tar leaves all of them in one directory, and the manifest beside them.
void upload_tarballs(const FinishedBackup& backup, const catalog::BackupInfo& info, ArchiveSet& archives,
                     const Counted& counted) {
  const std::string directory = backup.directory + "/data";
  std::vector<Tree> trees = trees_of(info);
  std::shared_ptr<TarballUpload> data;
  for (Tree& tree : trees) {
    const bool is_data = &tree == &trees.back();
    const auto tarball =
        std::make_shared<TarballUpload>(find_tarball(directory, is_data ? "base" : tree.name), tree.rules);
    if (is_data) data = tarball;
    tree.upload = [tarball](ArchiveUpload& archive, const Counted& count) { tarball->upload(archive, count); };
  }
  archives.upload(trees, counted);
  upload_kept_configuration(backup, archives.data(), counted);
  upload_file(archives.data(), fmt::format("{}/{}", directory, manifest), fmt::format("./{}", manifest), counted);
  data->upload_held_back(archives.data(), counted);
}

}  // namespace

void upload_archives(const FinishedBackup& backup, const catalog::BackupInfo& info, const UploadRequest& request,
                     store::ObjectStore& store, Progress& progress) {
  abort_uploads(store, request.layout, backup.id);  // of an attempt that was killed: nothing else would lead there
  ArchiveSet::Setup setup = archive_setup(request, backup.id);
  setup.takes_back_complete = false;
  ArchiveSet archives(store, setup);
  UploadProgress shown(progress, info.size.value_or(info.cluster_size.value_or(0)));
  if (info.compression)
    upload_tarballs(backup, info, archives, shown.counted());
  else
    upload_plain(backup, info, archives, shown.counted());
  archives.complete();
}

void upload_finished(const FinishedBackup& backup, const UploadRequest& request, store::ObjectStore& store,
                     Progress& progress) {
  const std::string text = fs::read_file(backup.info_path);
  const catalog::BackupInfo info = catalog::parse_backup_info(text, backup.info_path, backup.id);
  if (info.compression)
    throw Error(Errc::refused, "Compressed backups are not supported when running as a hook script");
  upload_archives(backup, info, request, store, progress);
  put_backup_info(store, request, backup.id, text);
}

}  // namespace barman::cloud
