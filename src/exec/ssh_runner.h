#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "barman/exec/command.h"
#include "barman/exec/local_runner.h"
#include "libssh_session.h"

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

// Remote commands through one libssh session as long as that works, through the ssh program otherwise. Safe for several
// threads: while the session is busy the others take the program.
class SshRunner : public Runner {
 public:
  SshRunner(std::vector<std::string> ssh_words, std::string search_path);
  Outcome run(const Command& command) override;
  bool is_remote() const override { return true; }
  bool has_session() const { return session_ != nullptr; }  // for tests

 private:
  std::optional<Outcome> run_in_session(const Command& command);
  bool connect(const Command& command);
  std::optional<SshSettings> settings();

  std::vector<std::string> ssh_words_;
  std::string search_path_;
  SshProgramRunner program_;
  std::mutex mutex_;
  std::unique_ptr<LibsshSession> session_;
  int attempts_left_ = 2;  // the second one after the program has made the host key known, or the connection was lost
};

}  // namespace barman::exec
