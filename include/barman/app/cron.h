#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/configuration.h"
#include "barman/report/notifier.h"

namespace barman::app {

// The regular maintenance (algorithms.md section 7): starts what should be running, as detached barman processes that
// nobody waits for, and enforces the retention policies.
void run_cron(const config::GlobalConfig& global, const std::map<std::string, config::ServerConfig>& servers,
              bool keep_descriptors, Notifier& notifier);

// argv of a child: this executable, -c {configuration} -q {arguments}.
std::vector<std::string> child_command(const std::string& executable, const std::string& configuration,
                                       const std::vector<std::string>& arguments);

// What the queue of configuration changes holds.
enum class ChangeQueue { empty, pending, malformed };
ChangeQueue judge_change_queue(std::string_view text);

}  // namespace barman::app
