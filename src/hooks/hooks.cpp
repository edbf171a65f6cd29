#include "barman/hooks/hooks.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "barman/core/log.h"
#include "barman/core/python_repr.h"
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

std::string id_of(const catalog::BackupInfo* info) { return info ? info->backup_id : std::string(); }

// A JSON object as Python prints it; nothing when it has no member.
std::string object_text(const std::vector<std::pair<std::string, nlohmann::json>>& members) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : members)
    texts.push_back(nlohmann::json(key).dump(-1, ' ', true) + ": " +
                    value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  return texts.empty() ? std::string() : "{" + join(texts, ", ") + "}";
}

bool counts(const RecoveryOption& option) {
  if (const auto* flag = std::get_if<bool>(&option)) return *flag;
  if (const auto* number = std::get_if<std::int64_t>(&option)) return *number != 0;
  return !std::get<std::string>(option).empty();
}

nlohmann::json to_json(const RecoveryOption& option) {
  return std::visit([](const auto& value) { return nlohmann::json(value); }, option);
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

Variables backup_variables(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& info) {
  const std::string& id = info.backup_id;
  return {{"BARMAN_BACKUP_DIR", catalog.base_directory(id)},
          {"BARMAN_BACKUP_ID", id},
          {"BARMAN_BACKUP_INFO_PATH", catalog.readable_info_path(id)},
          {"BARMAN_PREVIOUS_ID", id_of(catalog.previous(info))},
          {"BARMAN_NEXT_ID", id_of(catalog.next(info))},
          {"BARMAN_STATUS",
           info.status == catalog::BackupStatus::unknown ? info.status_text : std::string(to_string(info.status))},
          {"BARMAN_ERROR", info.error.value_or("")}};
}

Variables wal_variables(const std::string& path, const catalog::WalEntry& entry, const std::string& error) {
  return {{"BARMAN_SEGMENT", entry.name},
          {"BARMAN_FILE", path},
          {"BARMAN_SIZE", std::to_string(entry.size)},
          {"BARMAN_TIMESTAMP", python_repr(entry.time)},
          {"BARMAN_COMPRESSION", entry.compression.value_or("")},
          {"BARMAN_ERROR", error}};
}

Variables recovery_variables(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& info,
                             const RecoveryFacts& facts) {
  Variables variables = backup_variables(catalog, info);
  for (auto& [name, value] : variables)
    if (name == "BARMAN_ERROR") value.clear();
  std::vector<std::pair<std::string, nlohmann::json>> tablespaces, options;
  for (const auto& [name, location] : facts.tablespaces) tablespaces.emplace_back(name, location);
  for (const auto& [name, option] : facts.options)
    if (counts(option)) options.emplace_back(name, to_json(option));
  variables.emplace_back("BARMAN_DESTINATION_DIRECTORY", facts.destination_directory);
  variables.emplace_back("BARMAN_TABLESPACES", object_text(tablespaces));
  variables.emplace_back("BARMAN_REMOTE_COMMAND", facts.remote_command.value_or(""));
  variables.emplace_back("BARMAN_RECOVER_OPTIONS", object_text(options));
  return variables;
}

}  // namespace barman::hooks
