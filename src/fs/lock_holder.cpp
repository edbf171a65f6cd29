#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <csignal>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"

namespace barman::fs {
namespace {

// A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 4711 08:01:131135 0 EOF".
struct KernelLock {
  pid_t pid = 0;
  dev_t device = 0;
  ino_t inode = 0;
};

std::optional<KernelLock> parse_kernel_lock(std::string_view line) {
  const std::vector<std::string> words = split_whitespace(line);
  // A waiter's line has "->" in front of FLOCK.
  if (words.size() < 6 || words[1] != "FLOCK") return std::nullopt;
  const std::optional<std::int64_t> pid = parse_decimal(words[4]);
  const std::vector<std::string> file = split(words[5], ':');
  if (!pid || file.size() != 3) return std::nullopt;
  const auto high = parse_hex(file[0]), low = parse_hex(file[1]);
  const auto inode = parse_decimal(file[2]);
  if (!high || !low || !inode) return std::nullopt;
  return KernelLock{static_cast<pid_t>(*pid), makedev(static_cast<unsigned>(*high), static_cast<unsigned>(*low)),
                    static_cast<ino_t>(*inode)};
}

std::vector<KernelLock> kernel_locks() {
  std::vector<KernelLock> locks;
  for (const std::string& line : split_lines(read_file_if_exists("/proc/locks").value_or("")))
    if (const auto lock = parse_kernel_lock(line)) locks.push_back(*lock);
  return locks;
}

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0 || errno == EPERM; }

std::optional<pid_t> recorded_pid(int fd, const std::string& path) {
  std::string text(64, '\0');
  text.resize(read_some(fd, text, path));
  const auto pid = parse_decimal(trim(text));
  if (!pid || *pid < 1) return std::nullopt;
  return static_cast<pid_t>(*pid);
}

struct Holder {
  bool busy = false;
  std::optional<pid_t> pid;
};

// The kernel's list answers without touching the lock. Only where it cannot be trusted (a file system whose device
// numbers differ from those of stat) and the recorded process lives is the lock tried, for an instant and shared.
Holder find_holder(const std::string& path, const std::vector<KernelLock>& locks) {
  const std::optional<UniqueFd> fd = open_if_exists(path, O_RDONLY);
  if (!fd) return {};
  struct ::stat info {};
  if (::fstat(fd->get(), &info) != 0) throw_errno("examine", path);
  const std::optional<pid_t> recorded = recorded_pid(fd->get(), path);
  for (const KernelLock& lock : locks) {
    if (lock.inode != info.st_ino) continue;
    if (lock.device == info.st_dev) return {true, lock.pid > 0 ? lock.pid : recorded};
    if (recorded && lock.pid == *recorded) return {true, recorded};
  }
  if (recorded && !is_alive(*recorded)) return {};
  if (::flock(fd->get(), LOCK_SH | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) throw_errno("lock", path);
  return {true, recorded};
}

// The task whose lock file of `server` has this name; backup ids have the form 20261121T072640.
std::string task_of(std::string_view name, const std::string& server) {
  const std::string prefix = "." + server + "-";
  constexpr std::string_view suffix = ".lock";
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() < prefix.size() + suffix.size()) return {};
  const std::string_view what = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  for (const std::string_view task : {"receive-wal", "backup", "cron", "archive-wal", "sync-wal"})
    if (what == task) return std::string(task);
  constexpr std::size_t id_size = 15;
  if (what.size() <= id_size || what.substr(id_size) != "-sync-backup" || what[8] != 'T') return {};
  const std::string digits = std::string(what.substr(0, 8)) + std::string(what.substr(9, 6));
  return parse_decimal(digits) ? "sync-backup" : "";
}

}  // namespace

std::vector<RunningTask> running_tasks(const LockDirectory& locks, const std::string& server) {
  std::vector<RunningTask> tasks;
  std::optional<std::vector<KernelLock>> held;
  for (const std::string& name : list_directory_if_exists(locks.directory())) {
    const std::string task = task_of(name, server);
    if (task.empty()) continue;
    if (!held) held = kernel_locks();
    const std::string path = locks.directory() + "/" + name;
    const Holder holder = find_holder(path, *held);
    if (holder.busy && holder.pid) tasks.push_back({task, *holder.pid});
    if (holder.busy && !holder.pid)
      log::warning("barman.lockfile",
                   "Skipping the {} process for server {}: Error reading the PID from lock file '{}'", task, server,
                   path);
  }
  return tasks;
}

std::optional<pid_t> lock_holder(const std::string& path) {
  const Holder holder = find_holder(path, kernel_locks());
  return holder.busy ? holder.pid : std::nullopt;
}

}  // namespace barman::fs
