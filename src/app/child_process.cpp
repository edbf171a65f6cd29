#include "barman/app/child_process.h"

#include "barman/exec/programs.h"

namespace barman::app {

void start_child(const std::string& configuration_file, const std::vector<std::string>& arguments,
                 bool keep_descriptors) {
  exec::start_detached(child_command(exec::own_executable(), configuration_file, arguments), keep_descriptors);
}

std::vector<std::string> child_command(const std::string& executable, const std::string& configuration,
                                       const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {executable, "-c", configuration, "-q"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

}  // namespace barman::app
