#include "ssh_program.h"

#include <stdexcept>

#include "barman/exec/ssh.h"

namespace barman::exec {

void require_remote_command(const Command& command) {
  if (command.argv.empty()) throw std::logic_error("a remote command needs a name");
  if (!command.environment.empty() || !command.directory.empty())
    throw std::logic_error("a remote command has neither environment nor working directory");
}

SshProgramRunner::SshProgramRunner(std::vector<std::string> ssh_words, std::string search_path)
    : ssh_words_(std::move(ssh_words)), local_(std::move(search_path)) {}

Outcome SshProgramRunner::run(const Command& command) {
  require_remote_command(command);
  Command through_ssh = command;
  through_ssh.argv = ssh_argv(ssh_words_, command.argv);
  return local_.run(through_ssh);
}

}  // namespace barman::exec
