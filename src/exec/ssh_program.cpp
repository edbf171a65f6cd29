#include "ssh_program.h"

#include <csignal>
#include <stdexcept>

#include "barman/core/signals.h"
#include "barman/exec/ssh.h"

namespace barman::exec {
namespace {

constexpr int ssh_failed = 255;

}  // namespace

void require_remote_command(const Command& command) {
  if (command.argv.empty()) throw std::logic_error("a remote command needs a name");
  if (!command.environment.empty() || !command.directory.empty())
    throw std::logic_error("a remote command has neither environment nor working directory");
  if (!command.limits.hold_remotely()) throw std::logic_error("a remote command needs a limit that holds remotely");
}

SshProgramRunner::SshProgramRunner(std::vector<std::string> ssh_words, std::string search_path)
    : ssh_words_(std::move(ssh_words)), local_(std::move(search_path)) {}

Outcome SshProgramRunner::run(const Command& command) {
  require_remote_command(command);
  Command through_ssh = command;
  through_ssh.argv = ssh_argv(ssh_words_, command.argv);
  Outcome outcome = local_.run(through_ssh);
  // A signal ends ssh with 255 once it is connected: that is not a failed connection.
  const int signal = outcome.timed_out || outcome.cancelled ? SIGTERM : command.own_signals ? signals::pending() : 0;
  if (signal != 0 && outcome.status == ssh_failed) outcome.status = 128 + signal;
  return outcome;
}

}  // namespace barman::exec
