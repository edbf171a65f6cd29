#include <memory>

#include "barman/app/server_facts.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/server_facts.h"

namespace barman::cli {

Command show_servers_command() {
  const auto names = std::make_shared<std::vector<std::string>>();
  return {
      .name = "show-servers",
      .aliases = {"show-server"},
      .summary = "Show configuration and state of servers in detail.",
      .declare =
          [names](Options& options) { options.positional_list("server_name", *names, "servers to show, or 'all'"); },
      .run = [names](Session& session) -> int {
        session.for_each_server(*names, {}, [&session](const config::ServerConfig& config) {
          app::Server server = session.server(config);
          app::warn_of_unused_primary(server);
          session.writer().write(app::describe_server(server));
        });
        return 0;
      }};
}

}  // namespace barman::cli
