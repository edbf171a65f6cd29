#pragma once
#include <string>

#include "barman/config/configuration.h"
#include "barman/report/notifier.h"
#include "barman/report/servers.h"

// Configuration models of servers (config.md section 9).
namespace barman::app {

// Makes a model the active one, durably; the next command reads it. Error(not_found) for a model that does not exist,
// Error(refused) for one of another cluster.
report::ModelSwitch switch_model(const config::Configuration& configuration, const config::ServerConfig& server,
                                 const std::string& model);

// Pure: what the model would change.
report::ModelSwitch describe_switch(const config::ServerConfig& server, const config::Model& model);

// Ends the activity of a model, if there is one.
void reset_model(const config::ServerConfig& server);

// To be called afterwards: the receiver of the server goes on with what is configured now.
void restart_receiver_as_configured(const config::GlobalConfig& global, const std::string& server, Notifier& notifier);

}  // namespace barman::app
