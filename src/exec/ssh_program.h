#pragma once
#include <string>
#include <vector>

#include "barman/exec/command.h"
#include "barman/exec/local_runner.h"

namespace barman::exec {

std::string remote_command_line(const std::vector<std::string>& argv);
// Throws std::logic_error for what ssh cannot carry: environment, working directory, no words at all; and for a command
// that nothing would end.
void require_remote_command(const Command& command);

// One start of the configured ssh program per command.
class SshProgramRunner : public Runner {
 public:
  SshProgramRunner(std::vector<std::string> ssh_words, std::string search_path);
  Outcome run(const Command& command) override;
  bool is_remote() const override { return true; }

 private:
  std::vector<std::string> ssh_words_;
  LocalRunner local_;
};

}  // namespace barman::exec
