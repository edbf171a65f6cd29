#include "barman/app/processes.h"

#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/process_file.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/programs.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"

namespace barman::app {
namespace {

constexpr int poll_ms = 100;
constexpr int patience_ms = 10'000;
constexpr const char* receive_wal_task = "receive-wal";

bool runs(const ServerContext& server, const fs::RunningTask& wanted) {
  return std::ranges::any_of(fs::running_tasks(server.locks(), server.config().name), [&](const fs::RunningTask& task) {
    return task.task == wanted.task && task.pid == wanted.pid;
  });
}

bool wait_for_end(const ServerContext& server, const fs::RunningTask& task) {
  for (int waited = 0; waited < patience_ms; waited += poll_ms) {
    if (!runs(server, task)) return true;
    if (!signals::sleep_ms(poll_ms)) signals::throw_if_pending();
  }
  return !runs(server, task);
}

// A receiver that was not started by its unit is not touched by this.
void stop_unit(ServerContext& server, const std::string& unit) {
  const exec::Command command({"systemctl", "--no-ask-password", "stop", unit},
                              exec::Limits::within(longest_unit_action));
  const exec::Outcome outcome = server.local().run(command);
  if (!outcome.ok()) log::warning("barman.server", "systemctl stop {}: {}", unit, exec::describe(command, outcome));
}

// The process is held fast by a descriptor before it is looked at: its number may be another's a moment later.
void interrupt(const ServerContext& server, const fs::RunningTask& task) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, task.pid, 0)));
  if (!runs(server, task)) return;
  if (!is_barman(read_process_file(task.pid, "cmdline"))) {
    throw Error(
        Errc::refused,
        fmt::format("Termination of {} failed: process {} holds its lock and is no barman", task.task, task.pid),
        fmt::format("see what it is: ps -fp {}", task.pid));
  }
  const long result =
      process ? ::syscall(SYS_pidfd_send_signal, process.get(), SIGINT, nullptr, 0) : ::kill(task.pid, SIGINT);
  if (result != 0 && errno != ESRCH) throw_errno("stop", fmt::format("{} (process {})", task.task, task.pid));
}

// Empty for sync-backup, which has a lock for each backup.
std::string lock_of(const fs::LockDirectory& locks, const std::string& task) {
  if (task == receive_wal_task) return locks.receive_wal();
  if (task == "backup") return locks.backup();
  if (task == "cron") return locks.cron();
  if (task == "archive-wal") return locks.archive_wal();
  if (task == "drill") return locks.drill();
  return task == "sync-wal" ? locks.sync_wal() : std::string();
}

void ask_to_stop(ServerContext& server, const fs::RunningTask& task) {
  if (task.task == receive_wal_task) {
    if (const auto unit = receive_wal_unit(server.config().name)) {
      stop_unit(server, *unit);
      if (!runs(server, task)) return;
    }
  }
  interrupt(server, task);
}

Error not_stoppable(const ServerContext& server, const std::string& task) {
  const std::string& name = server.config().name;
  const std::string lock = lock_of(server.locks(), task);
  if (lock.empty() || !fs::lock_state(lock).held)
    return {Errc::not_found, fmt::format("Termination of {} failed: no such process for server {}", task, name)};
  return {Errc::refused,
          fmt::format("Termination of {} failed: the lock '{}' is held by {}", task, lock, fs::describe_holder(lock)),
          "stop it where it runs"};
}

// False: there is no such unit, or systemd does not want to; then the receiver is our own child.
bool start_unit(ServerContext& server) {
  const std::string& name = server.config().name;
  const auto unit = receive_wal_unit(name);
  if (!unit) return false;
  const exec::Command command({"systemctl", "--no-ask-password", "start", *unit},
                              exec::Limits::within(longest_unit_action));
  try {
    if (!server.local().run(command).ok()) return false;
  } catch (const Error& error) {
    return false;
  }
  server.notifier().info(fmt::format("Starting streaming archiver for server {} via systemd unit {}", name, *unit));
  return true;
}

}  // namespace

bool is_barman(std::string_view command_line) {
  const std::vector<std::string> words = split(command_line, '\0');
  const auto name = [](std::string_view word) { return word.substr(word.rfind('/') + 1); };
  if (!name(words.front()).starts_with("python")) return name(words.front()).starts_with("barman");
  const auto script =
      std::find_if(words.begin() + 1, words.end(), [](const auto& word) { return !word.starts_with('-'); });
  return script != words.end() && name(*script).starts_with("barman");
}

report::ProcessList running_processes(ServerContext& server) {
  report::ProcessList list;
  list.server = server.config().name;
  for (const fs::RunningTask& task : fs::running_tasks(server.locks(), list.server))
    list.items.push_back({task.task, task.pid});
  return list;
}

void terminate_process(ServerContext& server, const std::string& task) {
  const std::string& name = server.config().name;
  const auto tasks = fs::running_tasks(server.locks(), name);
  const auto found = std::ranges::find(tasks, task, &fs::RunningTask::task);
  if (found == tasks.end()) {
    throw not_stoppable(server, task);
  }
  ask_to_stop(server, *found);
  if (!wait_for_end(server, *found)) {
    throw Error(Errc::timeout, fmt::format("Cannot terminate process {}({})", task, found->pid));
  }
  server.notifier().info(fmt::format("Stopped process {}({})", task, found->pid));
}

void remove_free_locks(const config::GlobalConfig& global) { fs::remove_free_locks(global.barman_lock_directory); }

std::optional<std::string> receive_wal_unit_name(const std::string& server) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  const auto allowed = [&](char c) { return plain(c) || c == '_' || c == '.' || c == '-'; };
  if (server.empty() || !plain(server.front()) || !std::ranges::all_of(server, allowed)) return std::nullopt;
  return fmt::format("barman-receive-wal@{}.service", server);
}

std::optional<std::string> receive_wal_unit(const std::string& server) {
  if (!fs::is_directory("/run/systemd/system")) return std::nullopt;
  return receive_wal_unit_name(server);
}

void start_child(const std::string& configuration_file, const std::vector<std::string>& arguments,
                 bool keep_descriptors) {
  exec::start_detached(child_command(exec::own_executable(), configuration_file, arguments), keep_descriptors);
}

std::vector<std::string> child_command(const std::string& executable, const std::string& configuration,
                                       const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {executable, "-c", configuration, "-q"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

void start_receiver(ServerContext& server, bool keep_descriptors) {
  if (!fs::LockFile::try_acquire(server.locks().receive_wal())) return;
  if (start_unit(server)) return;
  const std::string& name = server.config().name;
  server.notifier().info(fmt::format("Starting streaming archiver for server {}", name));
  start_child(server.global().file, {"receive-wal", name}, keep_descriptors);
}

void stop_receiver(ServerContext& server, const std::string& announcement) {
  if (!fs::lock_state(server.locks().receive_wal()).held) return;
  if (!announcement.empty()) server.notifier().info(announcement);
  terminate_process(server, "receive-wal");
}

void restart_receiver(ServerContext& server) {
  stop_receiver(server);
  const config::ServerConfig& config = server.config();
  if (config.live() && !config.disabled() && config.streaming_archiver) start_receiver(server);
}

void become_user(const std::string& user) {
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr)
    throw Error(Errc::config, fmt::format("the configured user '{}' does not exists", user),
                "create that account, or set barman_user in the [barman] section");
  if (entry->pw_uid == ::getuid()) return;
  const bool changed =
      ::initgroups(entry->pw_name, entry->pw_gid) == 0 && ::setgid(entry->pw_gid) == 0 && ::setuid(entry->pw_uid) == 0;
  if (!changed) throw Error(Errc::config, fmt::format("please run barman as '{}' user", user));
  ::setenv("HOME", entry->pw_dir, 1);
}

}  // namespace barman::app
