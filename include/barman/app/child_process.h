#pragma once
#include <string>
#include <vector>

namespace barman::app {

// Starts another barman command in the background, as cron does; nobody waits for it.
void start_child(const std::string& configuration_file, const std::vector<std::string>& arguments,
                 bool keep_descriptors = false);

// argv of a child: this executable, -c {configuration} -q {arguments}.
std::vector<std::string> child_command(const std::string& executable, const std::string& configuration,
                                       const std::vector<std::string>& arguments);

}  // namespace barman::app
