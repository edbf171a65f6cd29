#include <memory>

#include "barman/backup/check_backup.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {
namespace {

struct CheckBackupArguments {
  std::string server, backup;
};

int check_backup(Session& session, const CheckBackupArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (!config) return 0;
  app::Server server = session.server(*config);
  const std::string id = server.backups().resolve(args.backup).backup_id;
  backup::check_backup(*config, server.locks(), server.backups(), id, session.writer());
  return 0;
}

}  // namespace

Command check_backup_command() {
  const auto args = std::make_shared<CheckBackupArguments>();
  return {.name = "check-backup",
          .aliases = {},
          .summary = "Check that the WAL a backup needs has been archived.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server the backup belongs to");
                options.positional("backup_id", args->backup,
                                   "id, name or shortcut (latest, oldest, ...) of the backup");
              },
          .run = [args](Session& session) { return check_backup(session, *args); }};
}

}  // namespace barman::cli
