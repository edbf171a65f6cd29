#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "barman/report/deletion.h"
#include "barman/report/progress.h"
#include "barman/report/servers.h"
#include "barman/server/server_context.h"

// What is done with the backups that a server has. A backup is named by its id, its name or a shortcut; one that cannot
// be found is Error(not_found).
namespace barman::app {

// Deletes the backup, what depends on it, and the WAL that nothing needs any more. Why it is declined, or has failed,
// is an error of the notifier.
void delete_backup(ServerContext& server, const std::string& backup);

// `delete --dry-run`: what that would do, or why it would be declined. Nothing changes.
report::DeletionPreview preview_deletion(ServerContext& server, const std::string& backup);

// Protects it from deletion and retention policies; `standalone`: just with the WAL that it needs itself. Throws
// Error(refused) for a backup that cannot be kept.
void keep_backup(ServerContext& server, const std::string& backup, bool standalone);
void release_backup(ServerContext& server, const std::string& backup);

// `check-backup`: whether its WAL has been archived.
void check_backup(ServerContext& server, const std::string& backup);
// `verify-backup`: compares its files with its backup_manifest; differences are errors of the notifier.
void verify_backup(ServerContext& server, const std::string& backup, Progress& progress);
// `generate-manifest`. Throws Error(refused) for a backup that has one.
void generate_manifest(ServerContext& server, const std::string& backup);

// `cloud-copy`: copies what is due into the object store of cloud_copy. Throws Error; what was copied stays copied.
void copy_to_cloud(ServerContext& server, Progress& progress);

struct ExportOptions {
  std::string backup, directory;
  std::optional<std::string> compression;  // "gzip", "bzip2" or "xz"
  std::optional<std::int64_t> level;
};
// Writes it, with the WAL that makes it consistent, into one tarball. `describe_host` makes the tarball's barman.json
// of what this machine says about itself.
void export_backup(ServerContext& server, const ExportOptions& options,
                   const std::function<std::string(const report::SystemInfo&)>& describe_host, Progress& progress);
// The way back.
void import_backup(ServerContext& server, const std::string& tarball);

}  // namespace barman::app
