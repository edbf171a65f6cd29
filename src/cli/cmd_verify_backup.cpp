#include <fmt/core.h>

#include <memory>

#include "barman/backup/verify_backup.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {
namespace {

struct VerifyBackupArguments {
  std::string server, backup;
};

int verify_backup(Session& session, const VerifyBackupArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (!config) return 0;
  app::Server server = session.server(*config);
  const catalog::BackupInfo& backup = server.backups().resolve(args.backup);
  session.writer().info(fmt::format("Verifying backup '{}' on server ['{}']", args.backup, config->name));
  const auto progress = session.writer().progress("Verification");
  backup::verify_backup(*config, backup, server.backups().data_directory(backup.backup_id), server.local(),
                        session.writer(), *progress);
  return 0;
}

}  // namespace

Command verify_backup_command() {
  const auto args = std::make_shared<VerifyBackupArguments>();
  return {.name = "verify-backup",
          .aliases = {"verify"},
          .summary = "Compare the files of a backup with the checksums in its backup_manifest.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server the backup belongs to");
                options.positional("backup_id", args->backup,
                                   "id, name or shortcut (latest, oldest, ...) of the backup");
              },
          .run = [args](Session& session) { return verify_backup(session, *args); }};
}

}  // namespace barman::cli
