#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "barman/exec/command.h"

namespace barman::exec {

// The parts of an ssh_command that libssh can honour.
struct SshTarget {
  std::string host;
  std::optional<std::string> user;
  std::optional<int> port;
  std::optional<std::string> identity;     // -i
  bool accept_new_host_key = false;        // StrictHostKeyChecking=no
  bool batch = false;                      // BatchMode=yes
};

// std::nullopt when the words hold anything else (another program, other options): then only the ssh program will do.
std::optional<SshTarget> parse_ssh_target(const std::vector<std::string>& words);

// argv of `ssh_command` followed by one argument: the quoted remote command line.
std::vector<std::string> ssh_argv(const std::vector<std::string>& ssh_words, const std::vector<std::string>& remote_argv);

// The value of rsync's -e: the words, quoted so that rsync splits them again.
std::string rsync_shell(const std::vector<std::string>& ssh_words);

// Runs commands on another machine. One authenticated libssh session serves all of them where parse_ssh_target allows;
// when that session cannot be had (library missing, host key unknown, authentication refused) and for every other
// ssh_command, the ssh program is run: it is the authority, libssh only the short cut. Commands with input_fd/output_fd
// are supported by both. Command::environment is not (sshd would refuse it): giving one is a logic error.
std::unique_ptr<Runner> make_ssh_runner(std::vector<std::string> ssh_words, std::string search_path = {});

}  // namespace barman::exec
