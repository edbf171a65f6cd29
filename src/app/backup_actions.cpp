#include "barman/app/backup_actions.h"

#include <fmt/core.h>

#include "barman/app/server_facts.h"
#include "barman/archive/wal_archive.h"
#include "barman/backup/check_backup.h"
#include "barman/backup/deletion.h"
#include "barman/backup/deletion_preview.h"
#include "barman/backup/export_backup.h"
#include "barman/backup/import_backup.h"
#include "barman/backup/manifest.h"
#include "barman/backup/verify_backup.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"
#include "barman/cloud_copy/copy.h"
#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/lock_file.h"
#include "second_copy.h"

namespace barman::app {
namespace {

using catalog::BackupInfo;

std::optional<std::string> reason_not_to_keep(const BackupInfo& backup) {
  if (backup.type() == catalog::BackupType::incremental)
    return fmt::format(
        "Unable to execute the keep command on backup {}: is an incremental backup.\nOnly full backups are "
        "eligible for the use of the keep command.",
        backup.backup_id);
  if (backup.status != catalog::BackupStatus::done)
    return fmt::format(
        "Cannot add keep to backup {} because it has status {}. Only backups with status DONE can be kept.",
        backup.backup_id, backup.status_text);
  return std::nullopt;
}

bool keeps_in_store(ServerContext& server) {
  return server.backups().elsewhere() || server.config().keeps_wal_in_store();
}

// Also of one whose deletion was interrupted and is known here by its mark alone.
std::string id_for_deletion(ServerContext& server, const std::string& backup) {
  try {
    return server.backups().resolve_for_deletion(backup);
  } catch (const Error&) {
    refuse_in_copy(server, backup, "barman-cloud-backup-delete {options}-b {id} {url} {server}");
    throw;
  }
}

}  // namespace

void delete_backup(ServerContext& server, const std::string& backup) {
  const std::string id = id_for_deletion(server, backup);
  if (!backup::Deletion(server).delete_backup(id))
    server.notifier().error(fmt::format("Cannot delete backup ({} {})", server.config().name, id));
}

report::DeletionPreview preview_deletion(ServerContext& server, const std::string& backup) {
  return backup::preview_deletion(server, server.backups().resolve_for_deletion(backup));
}

void keep_backup(ServerContext& server, const std::string& backup, bool standalone) {
  refuse_in_copy(server, backup,
                 standalone ? "barman-cloud-backup-keep {options}--target standalone {url} {server} {id}"
                            : "barman-cloud-backup-keep {options}--target full {url} {server} {id}");
  const BackupInfo& info = server.backups().resolve(backup, catalog::BackupCatalog::HalfDeleted::shown);
  if (server.backups().is_half_deleted(info.backup_id)) throw server.backups().half_deleted(info.backup_id);
  if (const auto reason = reason_not_to_keep(info)) throw Error(Errc::refused, *reason);
  server.annotations().set_keep(info.backup_id,
                                standalone ? catalog::KeepTarget::standalone : catalog::KeepTarget::full);
}

void release_backup(ServerContext& server, const std::string& backup) {
  refuse_in_copy(server, backup, "barman-cloud-backup-keep {options}--release {url} {server} {id}");
  server.annotations().release_keep(
      server.backups().resolve(backup, catalog::BackupCatalog::HalfDeleted::shown).backup_id);
}

void check_backup(ServerContext& server, const std::string& backup) {
  const std::string id = server.backups().resolve(backup).backup_id;
  backup::check_backup(server, id);
}

void verify_backup(ServerContext& server, const std::string& backup, Progress& progress) {
  const BackupInfo& info = server.backups().resolve(backup);
  server.notifier().info(fmt::format("Verifying backup '{}' on server ['{}']", backup, server.config().name));
  if (keeps_in_store(server))
    throw Error(Errc::unsupported, "Backup verification is not supported for servers using cloud storage");
  backup::verify_backup(server.config(), info, server.backups().data_directory(info.backup_id), server.local(),
                        server.notifier(), progress);
}

void generate_manifest(ServerContext& server, const std::string& backup) {
  const std::string id = server.backups().resolve(backup).backup_id;
  if (server.backups().elsewhere())
    throw Error(Errc::unsupported,
                fmt::format("Cannot generate backup manifest for backup '{}' of server '{}' because a cloud backup "
                            "storage is configured. The manifest generation is only supported for local backup "
                            "storage.",
                            backup, server.config().name));
  backup::write_manifest(server.backups().data_directory(id), /*replace=*/false);
  server.notifier().info(fmt::format("Backup manifest for backup '{}' successfully generated for server ['{}']", backup,
                                     server.config().name));
}

void copy_to_cloud(ServerContext& server, Progress& progress) { cloud_copy::copy(server, progress); }

void export_backup(ServerContext& server, const ExportOptions& options,
                   const std::function<std::string(const report::SystemInfo&)>& describe_host, Progress& progress) {
  backup::ExportRequest request{
      options.backup, server.backups().resolve(options.backup).backup_id, options.directory, {}, options.level};
  if (options.compression) request.compression = codec::parse_algorithm(*options.compression);
  const std::function<std::string()> host = [&] { return describe_host(system_info(server.local())); };
  backup::export_backup(request, server, host, progress);
}

void import_backup(ServerContext& server, const std::string& tarball) {
  if (keeps_in_store(server)) throw Error(Errc::unsupported, "Backup import is not supported for cloud storage");
  backup::import_backup(tarball, server);
}

}  // namespace barman::app
