#include "barman/app/config_switch.h"

#include <fmt/core.h>

#include "barman/app/receiver.h"
#include "barman/app/server_facts.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::app {
namespace {

std::string active_model_file(const config::ServerConfig& server) {
  return server.backup_directory + "/.active-model.auto";
}

}  // namespace

report::ModelSwitch describe_switch(const config::ServerConfig& server, const config::Model& model) {
  report::ModelSwitch result{server.name, model.name, server.active_model == model.name, {}};
  if (result.already_active) return result;
  const auto now = describe(server);
  for (const auto& [option, value] : model.values) {
    const auto current = now.find(option);
    if (option == "cluster" || current == now.end() || value.value == current->second.value ||
        std::holds_alternative<std::nullptr_t>(value.value))
      continue;
    result.changes.push_back({option, to_fact(option, current->second), to_fact(option, value)});
  }
  return result;
}

report::ModelSwitch switch_model(const config::Configuration& configuration, const config::ServerConfig& server,
                                 const std::string& model) {
  const auto found = configuration.models().find(model);
  if (found == configuration.models().end()) throw Error(Errc::not_found, fmt::format("Unknown model '{}'", model));
  if (found->second.cluster != server.cluster)
    throw Error(
        Errc::refused,
        fmt::format("Model '{}' has 'cluster={}', which is not compatible with 'cluster={}' from server '{}'", model,
                    found->second.cluster, server.cluster.empty() ? "None" : server.cluster, server.name));
  report::ModelSwitch result = describe_switch(server, found->second);
  if (result.already_active) return result;
  fs::make_directories(server.backup_directory);
  fs::replace_file(active_model_file(server), model);
  return result;
}

void reset_model(const config::ServerConfig& server) { fs::remove_durably(active_model_file(server)); }

void restart_receiver_as_configured(const config::GlobalConfig& global, const std::string& name, Notifier& notifier) {
  const auto configuration = config::Configuration::read(global.file);
  const config::ServerConfig* config = configuration.find_server(name);
  if (config == nullptr) return;
  Server server(configuration.global(), *config, notifier);
  restart_receiver(server);
}

}  // namespace barman::app
