#include "barman/app/operations.h"

#include <fmt/core.h>
#include <sys/wait.h>

#include <functional>
#include <mutex>

#include "barman/app/processes.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/programs.h"
#include "barman/jobs/job_files.h"
#include "barman/server/server_context.h"

namespace barman::app {
namespace {

constexpr std::string_view logger = "barman.operations";
constexpr Micros kept_for = std::chrono::hours(30 * 24);
constexpr std::chrono::minutes longest_diagnosis{5};

void require_known(const config::Configuration& configuration, const std::string& server, std::string_view words) {
  if (!server.empty() && configuration.find_server(server) == nullptr)
    throw Error(Errc::not_found, fmt::format(fmt::runtime(words), server));
}

// So that whoever asks for what cannot be hears it at once.
void require_backup(const config::Configuration& configuration, const std::string& server, const std::string& id) {
  SilentNotifier silent;
  ServerContext context(configuration.global(), *configuration.find_server(server), silent);
  try {
    context.backups().resolve(id);
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) throw Error(Errc::not_found, fmt::format("Backup '{}' does not exist", id));
    throw;
  }
}

// Processes that were started and that nobody waits for: what is left of those that have ended is taken away whenever
// another one is asked for or about.
class Started {
 public:
  void add(pid_t pid) {
    const std::lock_guard lock(mutex_);
    pids_.push_back(pid);
  }
  void reap() {
    const std::lock_guard lock(mutex_);
    std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
  }

 private:
  std::mutex mutex_;
  std::vector<pid_t> pids_;
};

Started& started() {
  static Started processes;
  return processes;
}

// The output of a command in the order in which it arrived, and no more of it than somebody would read.
class Transcript {
 public:
  void add(std::string_view line) {
    text_ += line;
    text_ += '\n';
    if (text_.size() <= 2 * most) return;
    text_.erase(0, text_.find('\n', text_.size() - most) + 1);
    cut_ = true;
  }
  std::string text() const { return cut_ ? "[...]\n" + text_ : text_; }

 private:
  static constexpr std::size_t most = 512 * 1024;
  std::string text_;
  bool cut_ = false;
};

jobs::Result carry_out(const std::string& configuration_file, jobs::Command what) {
  std::vector<std::string> argv = {exec::own_executable(), "-c", configuration_file};
  argv.insert(argv.end(), what.words.begin(), what.words.end());
  // As long as it takes: what the commands of this program wait for has limits of its own.
  exec::Command command(std::move(argv), exec::Limits::none());
  command.input = std::move(what.input);
  command.own_signals = true;  // whatever ends it, that is written down
  command.log_output = false;  // it has been logged
  Transcript transcript;
  command.on_output_line = [&](std::string_view line) { transcript.add(line); };
  command.on_error_line = [&](std::string_view line) { transcript.add(line); };
  const exec::Outcome outcome = exec::LocalRunner().run(command);
  if (transcript.text().empty() && !outcome.ok()) transcript.add(exec::describe(command, outcome));
  return {outcome.ok(), now(), transcript.text()};
}

void guarded(const std::string& whose, Notifier& notifier, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    notifier.warning(fmt::format("Unable to look after the operations of {}: {}", whose, with_hint(error)));
  }
}

}  // namespace

report::OperationList list_operations(const config::Configuration& configuration, const std::string& server) {
  require_known(configuration, server, "No barman config found for '{}'.");
  report::OperationList list;
  for (const auto& [id, type] : jobs::JobFiles(configuration.global(), server).list())
    list.operations.push_back({id, type});
  return list;
}

report::OperationStatus operation_status(const config::Configuration& configuration, const std::string& server,
                                         const std::string& id) {
  require_known(configuration, server, "No barman config found for '{}'.");
  started().reap();
  const auto state = jobs::JobFiles(configuration.global(), server).state(id, now());
  if (!state) throw Error(Errc::not_found, "Resource not found");
  return {id, *state == jobs::State::done ? "DONE" : *state == jobs::State::failed ? "FAILED" : "IN_PROGRESS"};
}

std::string start_operation(const config::Configuration& configuration, const std::string& server,
                            std::string_view body) {
  require_known(configuration, server, "Server '{}' does not exist");
  const jobs::Request request = jobs::read_request(body, server);
  if (request.type == jobs::Type::recovery) require_backup(configuration, server, request.backup_id);
  const config::GlobalConfig& global = configuration.global();
  const std::string id = jobs::JobFiles(global, server).create(body, request.type, now());
  std::vector<std::string> words = {"run-operation", "--", id};
  if (!server.empty()) words.push_back(server);
  started().reap();
  started().add(exec::start_detached(child_command(exec::own_executable(), global.file, words), false));
  log::info(logger, "Operation {} ({}) of {} was asked for", id, word_of(request.type),
            server.empty() ? "the instance" : fmt::format("server {}", server));
  return id;
}

bool run_operation(const config::GlobalConfig& global, const std::string& server, const std::string& id) {
  const jobs::JobFiles files(global, server);
  const jobs::JobFiles::Claim claim = files.claim(id);
  jobs::Result result;
  try {
    result = carry_out(global.file, command_of(jobs::read_request(claim.job, server), server));
  } catch (const Error& error) {
    result = {false, now(), "ERROR: " + with_hint(error) + "\n"};
  }
  files.finish(claim, id, result);
  log::info(logger, "Operation {} has {}", id, result.success ? "succeeded" : "failed");
  return result.success;
}

void tend_operations(const config::Configuration& configuration, Notifier& notifier) {
  const auto tend = [&](const std::string& server) {
    const jobs::JobFiles files(configuration.global(), server);
    files.settle(now());
    files.remove_ended(now(), kept_for);
  };
  guarded("the instance", notifier, [&] { tend({}); });
  for (const auto& [name, config] : configuration.servers())
    guarded(fmt::format("server '{}'", name), notifier, [&, &server = name] { tend(server); });
}

namespace {

std::string diagnosis(const std::string& configuration_file) {
  exec::Command command({exec::own_executable(), "-c", configuration_file, "diagnose"},
                        exec::Limits::within(longest_diagnosis));
  command.log_output = false;
  exec::Outcome outcome = exec::LocalRunner().run(command);
  // Servers that cannot be asked make its status 1, and are part of what it prints.
  if (outcome.out.starts_with('{')) return std::move(outcome.out);
  throw Error(Errc::io, fmt::format("cannot diagnose: {}", exec::describe(command, outcome)), "try 'barman diagnose'");
}

}  // namespace

std::string SharedDiagnosis::make() {
  std::unique_lock lock(mutex_);
  if (being_made_.valid()) {
    const std::shared_future<std::string> theirs = being_made_;
    lock.unlock();
    return theirs.get();
  }
  std::packaged_task<std::string()> ours([this] { return diagnosis(configuration_file_); });
  const std::shared_future<std::string> result = being_made_ = ours.get_future().share();
  lock.unlock();
  ours();
  lock.lock();
  being_made_ = {};
  return result.get();
}

}  // namespace barman::app
