#include <memory>

#include "barman/app/catalog.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/catalog.h"

namespace barman::cli {
namespace {

struct ListBackupsArguments {
  std::vector<std::string> servers;
  bool minimal = false;
};

int list_backups(Session& session, const ListBackupsArguments& args) {
  session.for_each_server(args.servers, {}, [&](const config::ServerConfig& config) {
    const auto tell = [&](const Error& error) { session.report(config, error); };
    app::Server server = session.server(config);
    session.writer().write(app::list_backups(server, args.minimal, tell));
  });
  return 0;
}

}  // namespace

Command list_backups_command() {
  const auto args = std::make_shared<ListBackupsArguments>();
  return {.name = "list-backups",
          .aliases = {"list-backup"},
          .summary = "List the backups of servers.",
          .declare =
              [args](Options& options) {
                options.flag({"--minimal"}, args->minimal, "print the backup ids only");
                options.positional_list("server_name", args->servers, "servers whose backups to list, or 'all'");
              },
          .run = [args](Session& session) { return list_backups(session, *args); }};
}

}  // namespace barman::cli
