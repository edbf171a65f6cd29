#include <memory>

#include "barman/app/catalog.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/catalog.h"

namespace barman::cli {
namespace {

struct ShowBackupArguments {
  std::string server, backup;
};

int show_backup(Session& session, const ShowBackupArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (!config) return 0;
  app::Server server = session.server(*config);
  const auto tell = [&session](const Error& error) { session.report(error); };
  session.writer().write(app::describe_backup(
      server, server.backups().resolve(args.backup, catalog::BackupCatalog::HalfDeleted::shown), tell));
  return 0;
}

}  // namespace

Command show_backup_command() {
  const auto args = std::make_shared<ShowBackupArguments>();
  return {.name = "show-backup",
          .aliases = {"show-backups"},
          .summary = "Show everything that is known about one backup.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server the backup belongs to");
                options.positional("backup_id", args->backup,
                                   "id, name or shortcut (latest, oldest, ...) of the backup");
              },
          .run = [args](Session& session) { return show_backup(session, *args); }};
}

}  // namespace barman::cli
