#include <memory>

#include "barman/app/status.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/status.h"

namespace barman::cli {

Command status_command() {
  const auto names = std::make_shared<std::vector<std::string>>();
  return {.name = "status",
          .aliases = {},
          .summary = "Show the live state of servers and of their backups.",
          .declare = [names](Options& options) { options.positional_list("server_name", *names, "servers, or 'all'"); },
          .run =
              [names](Session& session) {
                session.for_each_server(*names, {}, [&session](const config::ServerConfig& config) {
                  app::Server server = session.server(config);
                  session.writer().write(app::server_status(server));
                });
                return 0;
              }};
}

}  // namespace barman::cli
