#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "barman/exec/command.h"

namespace barman::exec {

// What the words of an ssh_command say about the connection. First values count, as for ssh.
struct SshTarget {
  std::string host;
  std::optional<std::string> user;
  std::optional<int> port;
  std::optional<std::string> identity;  // -i, the first one
  bool accept_new_host_key = false;     // StrictHostKeyChecking=no or accept-new
  bool batch = false;                   // BatchMode=yes
};

// std::nullopt when libssh cannot stand in for these words: another program than ssh, options other than -i -p -l -o -F
// -q -T -x, or a remote command after the host. What -o, -F and the user's configuration add up to is asked of `ssh -G`
// before libssh is used.
std::optional<SshTarget> parse_ssh_target(const std::vector<std::string>& words);

// Whether they start OpenSSH's own program, in a way that parse_ssh_target understands.
bool is_openssh(const std::vector<std::string>& ssh_words, const std::string& search_path);

// argv of `ssh_command` followed by one argument: the quoted remote command line.
std::vector<std::string> ssh_argv(const std::vector<std::string>& ssh_words,
                                  const std::vector<std::string>& remote_argv);

// The value of rsync's -e: the words, quoted so that rsync splits them again.
std::string rsync_shell(const std::vector<std::string>& ssh_words);

// Runs commands on another machine. One authenticated libssh session serves all of them where parse_ssh_target and
// ssh's configuration for that host allow; when that session cannot be had (library missing, host key unknown,
// authentication refused, a setting that libssh would treat otherwise) and for every other ssh_command, the ssh program
// is run: it is the authority, libssh only the short cut. Commands with input_fd/output_fd are supported by both.
// Neither environment nor working directory can be carried over (sshd would refuse the one and has no request for the
// other): giving one is a logic error. SendEnv is not honoured by the short cut. Safe for several threads.
std::unique_ptr<Runner> make_ssh_runner(std::vector<std::string> ssh_words, std::string search_path = {});

}  // namespace barman::exec
