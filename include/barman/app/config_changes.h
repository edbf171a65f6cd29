#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/configuration.h"
#include "barman/report/notifier.h"
#include "barman/report/servers.h"

// Changes of the configuration: models of servers (config.md section 9), and options through the queue of changes
// (config.md section 10).
namespace barman::app {

// Makes a model the active one, durably; the next command reads it. Error(not_found) for a model that does not exist,
// Error(refused) for one of another cluster.
report::ModelSwitch switch_model(const config::Configuration& configuration, const config::ServerConfig& server,
                                 const std::string& model);

// Pure: what the model would change.
report::ModelSwitch describe_switch(const config::ServerConfig& server, const config::Model& model);

// Ends the activity of a model, if there is one.
void reset_model(const config::ServerConfig& server);

// To be called afterwards: the receiver of the server continues with what is configured now.
void restart_receiver_as_configured(const config::GlobalConfig& global, const std::string& server, Notifier& notifier);

// `barman config-update`: checks every change and what the configuration would then be, queues them, and applies the
// queue; then restarts the receivers of the servers concerned. If anything is wrong, nothing is queued and
// both lines have been reported. Throws Error(lock_busy) while another process changes the configuration.
void update_configuration(const config::Configuration& configuration, std::string_view json, Notifier& notifier);

// The part of cron: applies what still waits in the queue. Reports every failure.
void apply_queued_changes(const config::Configuration& configuration, Notifier& notifier);

}  // namespace barman::app
