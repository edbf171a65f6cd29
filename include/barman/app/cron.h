#pragma once
#include "barman/config/configuration.h"
#include "barman/report/notifier.h"

namespace barman::app {

// The regular maintenance (algorithms.md section 7): applies waiting changes of the configuration, starts what should
// be running, as detached barman processes that nobody waits for, and enforces the retention policies.
void run_cron(const config::Configuration& configuration, bool keep_descriptors, Notifier& notifier);

}  // namespace barman::app
