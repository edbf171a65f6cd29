#include "parent_manifest.h"

#include <fmt/core.h>

#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/place.h"
#include "barman/cloud/restore.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::backup {

std::string parent_manifest(ServerContext& server, const std::string& id) {
  const catalog::BackupCatalog& backups = server.backups();
  if (!backups.elsewhere()) return backups.data_directory(id) + "/backup_manifest";
  std::string path = backups.manifest_path(id);
  if (fs::exists(path)) return path;
  const cloud::Place& place = *server.backup_place();
  server.notifier().info(fmt::format("Reading the manifest of backup {} from {}", id, backups.base_directory(id)));
  fs::make_directories(server.config().meta_directory());
  if (!cloud::fetch_member(place, *backups.find(id), "backup_manifest", path))
    throw Error(
        Errc::not_found,
        fmt::format("backup {} has no manifest: there is none in its archives in {}", id, backups.base_directory(id)),
        "take a full backup");
  return path;
}

}  // namespace barman::backup
