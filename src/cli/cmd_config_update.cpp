#include <memory>

#include "barman/app/config_update.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {

Command config_update_command() {
  const auto changes = std::make_shared<std::string>();
  return {.name = "config-update",
          .aliases = {},
          .summary = "Change options of servers and models in the configuration files.",
          .declare =
              [changes](Options& options) {
                options.positional("json_changes", *changes,
                                   "JSON list of objects: scope (server or model), server_name or model_name, and the "
                                   "options to set");
              },
          .run = [changes](Session& session) -> int {
            if (session.load_servers()) app::update_configuration(session.configuration(), *changes, session.writer());
            return 0;
          }};
}

}  // namespace barman::cli
