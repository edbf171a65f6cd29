#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "barman/exec/command.h"
#include "libssh_channel.h"
#include "ssh_config.h"

namespace barman::exec {

class LibsshSession;

struct SessionAttempt {
  std::unique_ptr<LibsshSession> session;
  std::string why_not;
  bool worth_repeating = false;  // the ssh program may fix it (it adds host keys to known_hosts)
};

// One authenticated connection. Not for several threads at once.
class LibsshSession {
 public:
  using Clock = std::chrono::steady_clock;

  // Connects, checks the host key against known_hosts and authenticates with agent and key files, asking nobody.
  // Gives up at `until`; a signal throws Interrupted.
  static SessionAttempt open(const SshSettings& settings, Clock::time_point until);
  LibsshSession(const LibsshSession&) = delete;
  LibsshSession& operator=(const LibsshSession&) = delete;
  ~LibsshSession();

  // Runs `command_line`. nullopt: nothing was started, the session is of no use any more.
  std::optional<Outcome> run(const Command& command, const std::string& command_line);

 private:
  explicit LibsshSession(const LibsshApi& api) : api_(api) {}
  void connect(const SshSettings& settings, Clock::time_point until);
  void configure(const SshSettings& settings);
  void set(ssh_options_e option, const void* value, const char* name);
  void check_host_key(const SshSettings& settings);
  void authenticate(const SshSettings& settings, Clock::time_point until);
  bool try_identity(const std::string& path, Clock::time_point until);
  template <typename Call>
  int until_done(int again, Clock::time_point until, Call call);
  short interesting_events() const;

  const LibsshApi& api_;
  ssh_session session_ = nullptr;
  int socket_ = -1;
  ino_t socket_inode_ = 0;
};

}  // namespace barman::exec
