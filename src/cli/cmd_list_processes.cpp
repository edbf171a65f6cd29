#include <memory>

#include "barman/app/processes.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/processes.h"

namespace barman::cli {

Command list_processes_command() {
  const auto name = std::make_shared<std::string>();
  return {.name = "list-processes",
          .aliases = {"list-process"},
          .summary = "List the running barman processes of a server.",
          .declare = [name](Options& options) { options.positional("server_name", *name, "server"); },
          .run =
              [name](Session& session) {
                const config::ServerConfig* config = session.select_one(*name, {});
                if (config == nullptr) return 0;
                app::Server server = session.server(*config);
                session.writer().write(app::running_processes(server));
                return 0;
              }};
}

}  // namespace barman::cli
