#include "barman/hooks/hooks.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/core/version.h"

namespace barman::hooks {
namespace {

constexpr std::string_view logger = "barman.hooks";

constexpr int exit_success = 0;
constexpr int exit_abort_continue = 62;
constexpr int exit_abort_stop = 63;
constexpr int could_not_run = -1;

constexpr int short_wait = 3;  // seconds
constexpr int long_wait = 60;
constexpr int attempts_before_long_wait = 5;

void wait_between_attempts(int seconds) {
  signals::sleep_ms(seconds * 1000);
  signals::throw_if_pending();
}

// Who complains about a post script that asks to stop.
std::string_view operation_logger(Operation operation) {
  return operation == Operation::archive || operation == Operation::wal_delete ? "barman.wal_archiver"
                                                                               : "barman.backup";
}

std::string option_name(std::string_view phase, Operation operation, bool retry) {
  return fmt::format("{}_{}{}_script", phase, to_string(operation), retry ? "_retry" : "");
}

}  // namespace

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::backup:
      return "backup";
    case Operation::archive:
      return "archive";
    case Operation::remove:
      return "delete";
    case Operation::recovery:
      return "recovery";
    case Operation::wal_delete:
      return "wal_delete";
  }
  throw std::logic_error("unknown hook operation");
}

struct Hooks::Call {
  Operation operation;
  std::string_view phase;  // pre, post
  bool retry = false;
  const std::string& script;
  const Variables& variables;
};

Aborted::Aborted(const std::string& option, const std::string& script)
    : Error(Errc::refused,
            fmt::format("Abort '{}' retry hook script ({}, exit code: {})", option, script, exit_abort_stop)),
      option_(option) {}

Hooks::Hooks(const config::ServerConfig& config, std::string configuration_file, exec::Runner& runner,
             std::function<void(int)> sleep)
    : config_(config),
      configuration_file_(std::move(configuration_file)),
      runner_(runner),
      sleep_(sleep ? std::move(sleep) : wait_between_attempts) {}

const std::string* Hooks::script(const std::string& option) const {
  const auto found = config_.hooks.find(option);
  return found == config_.hooks.end() || found->second.empty() ? nullptr : &found->second;
}

bool Hooks::configured(Operation operation) const {
  for (const std::string_view phase : {"pre", "post"})
    for (const bool retry : {false, true})
      if (script(option_name(phase, operation, retry))) return true;
  return false;
}

int Hooks::run_once(const Call& call) const {
  const std::string hook = fmt::format("{}{}_script", to_string(call.operation), call.retry ? "_retry" : "");
  exec::Command command({"/bin/sh", "-c", call.script}, exec::Limits::none());
  command.logger = "Command";
  command.ends_with_us = false;
  command.environment = {{"BARMAN_VERSION", compatible_version},        {"BARMAN_SERVER", config_.name},
                         {"BARMAN_CONFIGURATION", configuration_file_}, {"BARMAN_HOOK", hook},
                         {"BARMAN_PHASE", std::string(call.phase)},     {"BARMAN_RETRY", call.retry ? "1" : "0"}};
  const bool hides_error = call.operation == Operation::archive && call.phase == "post" && !call.retry;
  for (const auto& [name, value] : call.variables)
    command.environment.emplace_back(name, hides_error && name == "BARMAN_ERROR" ? std::string() : value);

  log::debug(logger, "Attempt to run {}: {}", hook, call.script);
  exec::Outcome outcome;
  try {
    outcome = runner_.run(command);
  } catch (const Error& error) {
    log::error(logger, "Execution of {} failed: {}", call.script, error.what());
    return could_not_run;
  }
  if (outcome.ok())
    log::debug(logger, "{} returned {}", call.script, outcome.status);
  else if (outcome.out.empty() && outcome.err.empty())
    log::warning(logger, "{} returned {}", call.script, outcome.status);
  else
    log::warning(logger, "{} returned {}\nOutput details:\n{}{}", call.script, outcome.status, outcome.out,
                 outcome.err);
  return outcome.status;
}

int Hooks::run_until_answered(const Call& call) const {
  for (int failures = 0;;) {
    const int status = run_once(call);
    if (status == exit_success) return status;
    if (status == exit_abort_continue) {
      log::warning(logger, "{} was aborted (got exit status {}, Barman resumes)", call.script, status);
      return status;
    }
    if (status == exit_abort_stop) {
      log::error(logger, "{} was aborted (got exit status {}, Barman requested to stop)", call.script, status);
      return status;
    }
    const bool long_one = failures++ == attempts_before_long_wait;
    if (long_one) failures = 0;
    const int seconds = long_one ? long_wait : short_wait;
    log::debug(logger, "Retry again in {} seconds", seconds);
    sleep_(seconds);
  }
}

void Hooks::run_pre(Operation operation, const Variables& variables) const {
  if (const std::string* text = script(option_name("pre", operation, false)))
    run_once({operation, "pre", false, *text, variables});
  const std::string option = option_name("pre", operation, true);
  if (const std::string* text = script(option)) {
    if (run_until_answered({operation, "pre", true, *text, variables}) == exit_abort_stop) throw Aborted(option, *text);
  }
}

void Hooks::run_post(Operation operation, const Variables& variables) const {
  if (const std::string* text = script(option_name("post", operation, true))) {
    if (run_until_answered({operation, "post", true, *text, variables}) == exit_abort_stop)
      log::warning(operation_logger(operation),
                   "Ignoring stop request after receiving abort (exit code {}) from post-{} retry hook script: {}",
                   exit_abort_stop, replace_all(to_string(operation), "_", "-"), *text);
  }
  if (const std::string* text = script(option_name("post", operation, false)))
    run_once({operation, "post", false, *text, variables});
}

}  // namespace barman::hooks
