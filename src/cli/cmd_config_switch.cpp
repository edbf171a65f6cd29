#include <fmt/core.h>

#include <memory>

#include "barman/app/config_switch.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/model_switch.h"

namespace barman::cli {
namespace {

struct SwitchArguments {
  std::string server;
  std::optional<std::string> model;
  bool reset = false;
};

int config_switch(Session& session, const SwitchArguments& args) {
  if (!args.model && !args.reset) {
    session.writer().error("Either a model name or '--reset' flag need to be given");
    return 1;
  }
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (config == nullptr) return 0;
  if (args.reset) {
    session.writer().info(fmt::format("Resetting the active model for the server {}", config->name));
    app::reset_model(*config);
  } else {
    output::tell(app::switch_model(session.configuration(), *config, *args.model), session.writer());
  }
  app::restart_receiver_as_configured(session.global(), config->name, session.writer());
  return 0;
}

}  // namespace

Command config_switch_command() {
  const auto args = std::make_shared<SwitchArguments>();
  return {.name = "config-switch",
          .aliases = {},
          .summary = "Make a configuration model the active one of a server, or none.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server whose model is changed");
                options.optional_positional("model_name", args->model, "model to use from now on");
                options.flag({"--reset"}, args->reset, "go back to the configuration without a model");
              },
          .run = [args](Session& session) { return config_switch(session, *args); }};
}

}  // namespace barman::cli
