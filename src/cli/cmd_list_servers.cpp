#include <memory>

#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/server_facts.h"

namespace barman::cli {

Command list_servers_command() {
  const auto minimal = std::make_shared<bool>(false);
  return {.name = "list-servers",
          .aliases = {"list-server"},
          .summary = "List the configured servers with their descriptions.",
          .declare = [minimal](Options& options) { options.flag({"--minimal"}, *minimal, "print the names only"); },
          .run = [minimal](Session& session) -> int {
            report::ServerList list{{}, *minimal};
            for (const config::ServerConfig* server : session.select({"all"}, {}))
              list.servers.push_back({server->name, server->description.value_or(""), server->active,
                                      server->disabled(), server->passive()});
            session.writer().write(list);
            return 0;
          }};
}

}  // namespace barman::cli
