#include <fmt/core.h>

#include "archive_set.h"
#include "backup_logger.h"
#include "backup_upload.h"
#include "barman/cloud/backup.h"
#include "barman/cloud/object_removal.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::cloud {
namespace {

// The trees of the cluster, where barman keeps their copies.
std::vector<Tree> copied_trees(const catalog::BackupInfo& info, const std::string& directory) {
  std::vector<Tree> trees = trees_of(info);
  for (Tree& tree : trees) tree.root = fmt::format("{}/{}", directory, tree.name);
  return trees;
}

}  // namespace

void upload_finished(const FinishedBackup& backup, const UploadRequest& request, store::ObjectStore& store,
                     Progress& progress) {
  const std::string text = fs::read_file(backup.info_path);
  const catalog::BackupInfo info = catalog::parse_backup_info(text, backup.info_path, backup.id);
  if (info.compression)
    throw Error(Errc::refused, "Compressed backups are not supported when running as a hook script");
  abort_uploads(store, request.layout, backup.id);  // of an attempt that was killed: nothing else would lead there
  {
    ArchiveSet archives(store, archive_setup(request, backup.id));
    UploadProgress shown(progress, info.size.value_or(info.cluster_size.value_or(0)));
    archives.upload(copied_trees(info, backup.directory), shown.counted());
    upload_pg_control(archives.data(), backup.directory + "/data", shown.counted());
    archives.complete();
  }
  put_backup_info(store, request, backup.id, text);
}

}  // namespace barman::cloud
