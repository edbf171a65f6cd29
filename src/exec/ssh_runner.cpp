#include "ssh_runner.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/exec/ssh.h"

namespace barman::exec {

namespace {

using Clock = LibsshSession::Clock;

constexpr const char* logger = "barman.command_wrappers";
// The program needs its own time when this was in vain.
constexpr std::chrono::milliseconds longest_connect{10'000};
constexpr std::chrono::seconds config_deadline{10};

// As ssh does: the password database, not $HOME.
std::string home_directory() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_dir : "";
}

bool readable(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

constexpr int ssh_failed = 255;

}  // namespace

SshRunner::SshRunner(std::vector<std::string> ssh_words, std::string search_path)
    : ssh_words_(std::move(ssh_words)), search_path_(std::move(search_path)), program_(ssh_words_, search_path_) {}

Outcome SshRunner::run(const Command& command) {
  require_remote_command(command);
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
    try {
      if (std::optional<Outcome> outcome = run_in_session(command)) {
        if (!command.own_signals) signals::throw_if_pending();
        return std::move(*outcome);
      }
    } catch (const Interrupted&) {
      if (!command.own_signals) throw;
      Outcome interrupted;
      interrupted.status = 128 + signals::pending();
      return interrupted;
    }
  }
  return program_.run(command);
}

std::optional<Outcome> SshRunner::run_in_session(const Command& command) {
  const std::string line = remote_command_line(command.argv);
  while (session_ || connect(command)) {
    if (log::enabled(log::Level::debug))
      log::debug(command.logger, "Command: {}", to_log(ssh_argv(ssh_words_, command.argv)));
    if (std::optional<Outcome> outcome = session_->run(command, line)) {
      log::debug(command.logger, "Command return code: {}", outcome->status);
      return outcome;
    }
    session_.reset();
  }
  return std::nullopt;
}

bool SshRunner::connect(const Command& command) {
  if (attempts_left_ == 0) return false;
  --attempts_left_;
  const std::optional<SshSettings> wanted = settings();
  if (!wanted) {
    attempts_left_ = 0;
    return false;
  }
  auto limit = longest_connect;
  if (wanted->connect_timeout > 0)
    limit = std::min<std::chrono::milliseconds>(limit, std::chrono::seconds(wanted->connect_timeout));
  for (const auto patience : {command.limits.deadline(), command.limits.silence()})
    if (patience.count() > 0) limit = std::min(limit, patience / 2);
  SessionAttempt attempt = LibsshSession::open(*wanted, Clock::now() + limit);
  session_ = std::move(attempt.session);
  if (!session_) {
    log::debug(logger, "Using the ssh program for '{}': {}", wanted->host, attempt.why_not);
    if (!attempt.worth_repeating) attempts_left_ = 0;
  }
  return session_ != nullptr;
}

std::optional<SshSettings> SshRunner::settings() {
  Command command(ssh_words_, Limits::within(config_deadline));
  command.argv.insert(command.argv.begin() + 1, "-G");
  command.log_output = false;
  LocalRunner local(search_path_);
  const Outcome outcome = local.run(command);
  if (!outcome.ok()) return std::nullopt;
  SshVerdict verdict = judge_ssh_config(outcome.out, readable, home_directory());
  if (!verdict.settings) log::debug(logger, "Using the ssh program: {}", verdict.reason);
  return std::move(verdict.settings);
}

void require_remote_command(const Command& command) {
  if (command.argv.empty()) throw std::logic_error("a remote command needs a name");
  if (!command.environment.empty() || !command.directory.empty() || command.third_fd >= 0)
    throw std::logic_error("a remote command has neither environment nor working directory nor a third descriptor");
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
