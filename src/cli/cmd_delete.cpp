#include <fmt/core.h>

#include <memory>

#include "barman/app/catalog.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {
namespace {

struct DeleteArguments {
  std::string server, backup;
};

int delete_backup(Session& session, const DeleteArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {.disabled = Disabled::refuse});
  if (!config) return 0;
  app::Server server = session.server(*config);
  const std::string id = server.backups().resolve_for_deletion(args.backup);
  if (!app::delete_backup(server, id))
    session.writer().error(fmt::format("Cannot delete backup ({} {})", config->name, id));
  return 0;
}

}  // namespace

Command delete_command() {
  const auto args = std::make_shared<DeleteArguments>();
  return {.name = "delete",
          .aliases = {},
          .summary = "Delete a backup, what depends on it, and the WAL that nothing needs any more.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server the backup belongs to");
                options.positional("backup_id", args->backup,
                                   "id, name or shortcut (latest, oldest, ...) of the backup");
              },
          .run = [args](Session& session) { return delete_backup(session, *args); }};
}

}  // namespace barman::cli
