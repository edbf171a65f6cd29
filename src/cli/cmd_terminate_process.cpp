#include <memory>

#include "barman/app/processes.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {
namespace {

struct TerminateArguments {
  std::string server, task;
};

}  // namespace

Command terminate_process_command() {
  const auto args = std::make_shared<TerminateArguments>();
  return {.name = "terminate-process",
          .aliases = {},
          .summary = "Stop a running barman process of a server.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server");
                options.positional("task", args->task, "task, as list-processes names it");
              },
          .run =
              [args](Session& session) {
                const config::ServerConfig* config = session.select_one(args->server, {});
                if (config == nullptr) return 0;
                app::Server server = session.server(*config);
                app::terminate_process(server, args->task);
                return 0;
              }};
}

}  // namespace barman::cli
