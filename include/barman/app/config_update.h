#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/configuration.h"
#include "barman/report/notifier.h"

// Changes of the configuration files through the queue of changes (config.md section 10).
namespace barman::app {

// `barman config-update`: checks every change and what the configuration would then be, queues them, and applies the
// queue; then restarts the receivers of the servers concerned. Nothing is queued if anything is wrong: both lines have
// been told. Throws Error(lock_busy) while another process changes the configuration.
void update_configuration(const config::Configuration& configuration, std::string_view json, Notifier& notifier);

// The part of cron: applies what still waits in the queue. Every failure is told.
void apply_queued_changes(const config::Configuration& configuration, Notifier& notifier);

}  // namespace barman::app
