#include "instance.h"

#include <fmt/core.h>
#include <sys/types.h>

#include <csignal>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"

namespace barman::drill {
namespace {

constexpr std::string_view logger = "barman.drill";
constexpr int poll_ms = 20;

}  // namespace

Instance::Instance(const Programs& programs, const Seal& seal, std::chrono::seconds patience)
    : data_(seal.data), started_(std::chrono::steady_clock::now()) {
  exec::Command command(server_argv(programs.path("postgres"), seal), exec::Limits::unless_idle(patience));
  command.environment = {{"LC_ALL", "C"}};
  command.cancellation = &cancellation_;
  command.own_signals = true;  // a thread must not throw; whoever waits here sees the signal, too
  command.end_signal = SIGQUIT;
  command.log_output = false;
  command.logger = logger;
  command.on_error_line = [this](std::string_view line) {
    log::debug(logger, "postgres: {}", line);
    const std::lock_guard lock(mutex_);
    log_.add(line, std::chrono::steady_clock::now());
  };
  thread_ = std::thread([this, command = std::move(command)]() mutable { run(std::move(command)); });
}

Instance::~Instance() {
  cancellation_.cancel();
  thread_.join();
}

void Instance::run(exec::Command command) {
  exec::Outcome outcome;
  try {
    outcome = exec::LocalRunner().run(command);
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    log_.add(fmt::format("FATAL:  {}", error.what()), std::chrono::steady_clock::now());
    outcome.status = 1;
  }
  const std::lock_guard lock(mutex_);
  if (outcome.inactive)
    log_.add("FATAL:  it has done nothing for hang_timeout seconds", std::chrono::steady_clock::now());
  outcome_ = std::move(outcome);
}

bool Instance::ended() const {
  const std::lock_guard lock(mutex_);
  return outcome_.has_value();
}

ServerLog Instance::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

bool Instance::wait_until_ready() {
  for (;;) {
    signals::throw_if_pending();
    if (ended()) return false;
    if (log().ready) return true;
    signals::sleep_ms(poll_ms);
  }
}

bool Instance::stop() {
  // Its number cannot be another's: it is a child of ours that nobody has waited for while it runs.
  const std::string pid_file = fs::read_file_if_exists(data_ + "/postmaster.pid").value_or("");
  const auto pid = parse_decimal(trim(pid_file.substr(0, pid_file.find('\n'))));
  if (!pid || *pid < 1 || ended()) return false;
  ::kill(static_cast<pid_t>(*pid), SIGINT);
  while (!ended()) {
    signals::throw_if_pending();
    signals::sleep_ms(poll_ms);
  }
  const std::lock_guard lock(mutex_);
  return outcome_->ok();
}

}  // namespace barman::drill
