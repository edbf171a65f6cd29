#include "barman/fs/lock_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/process_file.h"
#include "barman/core/redact.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/core/time.h"
#include "barman/fs/file.h"

namespace barman::fs {

namespace {

constexpr std::chrono::seconds silent_wait{3};

UniqueFd open_lock(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
  if (fd) {
    expect_regular_file(fd.get(), path);
    return fd;
  }
  if (errno == EACCES || errno == EPERM)
    throw Error(Errc::io, fmt::format("Permission denied, unable to access '{}'", path),
                "run barman as the user who owns the lock directory");
  throw_errno("open lock file", path);
}

bool is_regular(int fd) {
  struct ::stat info {};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

bool same_file(const struct ::stat& left, const struct ::stat& right) {
  return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

bool lock_now(int fd, const std::string& path) {
  int result = 0;
  do result = ::flock(fd, LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  if (result == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  throw_errno("lock", path);
}

// Who only asks whether it is held (lock_holder) holds it for an instant.
bool lock_unless_busy(int fd, const std::string& path) {
  if (lock_now(fd, path)) return true;
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return lock_now(fd, path);
}

// Cleaning up unlinks lock files while it holds them: what we have locked may no longer be what others will open.
bool still_there(int fd, const std::string& path) {
  struct ::stat held {
  }, named{};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && same_file(held, named);
}

// By try_share(), which holds both names. Once this one can be locked, its process is gone.
bool has_another_name(int fd) {
  struct ::stat info {};
  return ::fstat(fd, &info) == 0 && info.st_nlink > 1;
}

// The lock is the flock; the pid only says whose it is. A full disk has no room for it, and must be emptied
// under locks: then the file stays empty, as an old pid would name somebody else.
void write_pid(int fd, const std::string& path) {
  const std::string text = fmt::format("{}\n", ::getpid());
  const ssize_t written = ::pwrite(fd, text.data(), text.size(), 0);
  const bool whole = written == static_cast<ssize_t>(text.size());
  if (written < 0 && errno != ENOSPC && errno != EDQUOT) throw_errno("write", path);
  if (::ftruncate(fd, whole ? written : 0) != 0) throw_errno("write", path);
}

std::function<void(const std::string&)>& wait_listener() {
  static std::function<void(const std::string&)> listener;
  return listener;
}

std::string describe_lock(const std::string& path) {
  return fmt::format("the lock '{}', which is held by {}", path, describe_holder(path));
}

void tell_wait(const std::string& path) {
  const std::string text = "waiting for " + describe_lock(path);
  log::warning("barman.lockfile", "{}", text);
  if (wait_listener()) wait_listener()(text);
}

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

std::optional<pid_t> recorded_pid(int fd, const std::string& path) {
  std::string text(64, '\0');
  text.resize(read_some(fd, text, path));
  const auto pid = parse_decimal(trim(text));
  if (!pid || *pid < 1) return std::nullopt;
  return static_cast<pid_t>(*pid);
}

enum class Opened { yes, no, unknown };

// Whether the process has this very file open: what is asked before it is taken for the holder. Unknown: its
// descriptors are not for us to see, as those of one that has changed its user.
Opened has_open(pid_t pid, const struct ::stat& file) {
  std::error_code failure;
  std::filesystem::directory_iterator at(fmt::format("/proc/{}/fd", pid), failure);
  if (failure) return failure == std::errc::permission_denied ? Opened::unknown : Opened::no;
  for (; at != std::filesystem::directory_iterator(); at.increment(failure)) {
    struct ::stat info {};
    if (::stat(at->path().c_str(), &info) == 0 && info.st_ino == file.st_ino && info.st_dev == file.st_dev)
      return Opened::yes;
    if (failure) break;
  }
  return Opened::no;
}

// Held for an instant, and shared: the kernel lists no lock of another pid namespace.
bool is_held(int fd, const std::string& path) {
  if (::flock(fd, LOCK_SH | LOCK_NB) == 0) return false;
  if (errno != EWOULDBLOCK) throw_errno("lock", path);
  return true;
}

// The kernel's list answers without touching the lock. Where it does not (another pid namespace, or a file system whose
// device numbers differ from those of stat) the lock is tried.
LockState find_holder(const std::string& path, const std::vector<KernelLock>& locks) {
  const std::optional<UniqueFd> fd = open_if_exists(path, O_RDONLY);
  if (!fd) return {};
  struct ::stat info {};
  if (::fstat(fd->get(), &info) != 0) throw_errno("examine", path);
  LockState state;
  std::vector<pid_t> candidates;
  for (const KernelLock& lock : locks) {
    if (lock.inode != info.st_ino) continue;
    const bool exact = lock.device == info.st_dev;
    state.held = state.held || exact;
    if (exact && lock.pid > 0 && has_open(lock.pid, info) != Opened::no) state.holder = lock.pid;
    if (lock.pid > 0) candidates.push_back(lock.pid);
  }
  state.held = state.held || is_held(fd->get(), path);
  if (!state.held || state.holder) return state;
  if (const auto recorded = recorded_pid(fd->get(), path)) candidates.push_back(*recorded);
  const auto holder = std::ranges::find_if(candidates, [&](pid_t pid) { return has_open(pid, info) == Opened::yes; });
  if (holder != candidates.end()) state.holder = *holder;
  return state;
}

struct ProcessFacts {
  std::string command;  // redacted, on one line
  std::optional<Micros> age;
  bool stopped = false;
};

// What follows the command's name in /proc/PID/stat: state, ppid, ...; the start time is the twentieth of them.
ProcessFacts process_facts(pid_t pid) {
  ProcessFacts facts;
  std::string command = read_process_file(pid, "cmdline");
  std::ranges::replace(command, '\0', ' ');
  facts.command = redact_passwords(trim(command));
  const std::string stat = read_process_file(pid, "stat");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return facts;
  const std::vector<std::string> words = split_whitespace(std::string_view(stat).substr(name_end + 1));
  constexpr std::size_t start_at = 19;
  if (words.size() <= start_at) return facts;
  facts.stopped = words[0] == "T" || words[0] == "t";
  timespec up{};
  const auto ticks = parse_decimal(words[start_at]);
  const long per_second = ::sysconf(_SC_CLK_TCK);
  if (ticks && per_second > 0 && ::clock_gettime(CLOCK_BOOTTIME, &up) == 0)
    facts.age = std::max(Micros(0), Micros((up.tv_sec - *ticks / per_second) * 1'000'000));
  return facts;
}

// The task whose lock file of `server` has this name; backup ids have the form 20261121T072640.
std::string task_of(std::string_view name, const std::string& server) {
  const std::string prefix = "." + server + "-";
  constexpr std::string_view suffix = ".lock";
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() < prefix.size() + suffix.size()) return {};
  const std::string_view what = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  for (const std::string_view task :
       {"receive-wal", "backup", "cron", "archive-wal", "sync-wal", "cloud-copy", "drill"})
    if (what == task) return std::string(task);
  constexpr std::size_t id_size = 15;
  if (what.size() <= id_size || what.substr(id_size) != "-sync-backup" || what[8] != 'T') return {};
  const std::string digits = std::string(what.substr(0, 8)) + std::string(what.substr(9, 6));
  return parse_decimal(digits) ? "sync-backup" : "";
}

}  // namespace

// A child that was started a moment ago has a copy of the descriptor until it runs its program: to close ours would not
// release the lock before that.
struct LockFile::Held {
  explicit Held(UniqueFd locked) : fd(std::move(locked)) {}
  Held(const Held&) = delete;
  ~Held() { ::flock(fd.get(), LOCK_UN); }
  UniqueFd fd;
};

LockFile::LockFile(std::string path, std::shared_ptr<const Held> held)
    : path_(std::move(path)), held_(std::move(held)) {}

LockFile::LockFile(LockFile&& other) noexcept
    : path_(std::move(other.path_)), held_(std::move(other.held_)), remove_(other.remove_) {}

LockFile::~LockFile() {
  if (held_ && remove_ && still_there(held_->fd.get(), path_)) ::unlink(path_.c_str());
}

std::optional<LockFile> LockFile::try_acquire(const std::string& path) {
  for (;;) {
    UniqueFd fd = open_lock(path);
    if (!lock_unless_busy(fd.get(), path)) return std::nullopt;
    auto held = std::make_shared<const Held>(std::move(fd));
    if (!still_there(held->fd.get(), path)) continue;
    if (has_another_name(held->fd.get())) {
      remove_file(path);
      continue;
    }
    write_pid(held->fd.get(), path);
    return LockFile(path, std::move(held));
  }
}

std::optional<LockFile> LockFile::try_share(const LockFile& held, const std::string& path) {
  if (::link(held.path_.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST) return std::nullopt;
    throw_errno("create lock file", path);
  }
  LockFile result(path, held.held_);
  result.remove_on_release();
  return result;
}

void LockFile::remove_stale_share(const std::string& path) const {
  if (path != path_ && still_there(held_->fd.get(), path)) remove_file(path);
}

LockFile LockFile::acquire(const std::string& path, const Deadline& deadline) {
  using Clock = std::chrono::steady_clock;
  constexpr int longest_pause_ms = 50;
  Deadline tell_at = Clock::now() + silent_wait;
  if (deadline) tell_at.reset();
  for (int pause_ms = 1;; pause_ms = std::min(2 * pause_ms, longest_pause_ms)) {
    if (std::optional<LockFile> lock = try_acquire(path)) return std::move(*lock);
    if (deadline && Clock::now() >= *deadline) throw Error(Errc::timeout, "gave up waiting for " + describe_lock(path));
    if (tell_at && Clock::now() >= *tell_at) {
      tell_wait(path);
      tell_at.reset();
    }
    if (!signals::sleep_ms(pause_ms)) signals::throw_if_pending();
  }
}

void report_waits_to(std::function<void(const std::string&)> listener) { wait_listener() = std::move(listener); }

LockDirectory::LockDirectory(std::string directory, std::string server)
    : directory_(std::move(directory)), server_(std::move(server)) {}

std::string LockDirectory::path(const std::string& what) const {
  return fmt::format("{}/.{}-{}.lock", directory_, server_, what);
}
std::string LockDirectory::backup() const { return path("backup"); }
std::string LockDirectory::backup_id(const std::string& id) const { return path(id); }
std::string LockDirectory::cloud_copy() const { return path("cloud-copy"); }
std::string LockDirectory::drill() const { return path("drill"); }
std::string LockDirectory::restore_history() const { return path("restore-history"); }
std::string LockDirectory::cron() const { return path("cron"); }
std::string LockDirectory::archive_wal() const { return path("archive-wal"); }
std::string LockDirectory::receive_wal() const { return path("receive-wal"); }
std::string LockDirectory::xlogdb() const { return path("xlogdb"); }
std::string LockDirectory::sync_backup(const std::string& id) const { return path(id + "-sync-backup"); }
std::string LockDirectory::sync_wal() const { return path("sync-wal"); }

std::string config_update_lock(const std::string& lock_directory) { return lock_directory + "/.config-update.lock"; }

void remove_free_lock(const std::string& path) {
  // Anything else, and what belongs to others, is left alone.
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd && is_regular(fd.get()) && lock_now(fd.get(), path) && still_there(fd.get(), path)) remove_file(path);
}

void remove_free_locks(const std::string& lock_directory) {
  for (const std::string& name : list_directory_if_exists(lock_directory))
    if (name.starts_with('.') && name.ends_with(".lock")) remove_free_lock(lock_directory + "/" + name);
}

std::vector<RunningTask> running_tasks(const LockDirectory& locks, const std::string& server) {
  std::vector<RunningTask> tasks;
  std::optional<std::vector<KernelLock>> held;
  for (const std::string& name : list_directory_if_exists(locks.directory())) {
    const std::string task = task_of(name, server);
    if (task.empty()) continue;
    if (!held) held = kernel_locks();
    const std::string path = locks.directory() + "/" + name;
    const LockState state = find_holder(path, *held);
    if (state.holder) tasks.push_back({task, *state.holder});
    if (state.held && !state.holder)
      log::warning("barman.lockfile",
                   "Skipping the {} process for server {}: Error reading the PID from lock file '{}': no process that "
                   "can be seen from here has it open",
                   task, server, path);
  }
  return tasks;
}

LockState lock_state(const std::string& path) { return find_holder(path, kernel_locks()); }

std::string describe_holder(const std::string& path) {
  const LockState state = lock_state(path);
  if (!state.held) return "nobody any more";
  if (!state.holder) return "a process that cannot be seen from here (another host, container or user)";
  const ProcessFacts process = process_facts(*state.holder);
  std::string text = fmt::format("process {}", *state.holder);
  if (!process.command.empty()) text += fmt::format(" ({})", process.command);
  if (process.age) text += fmt::format(", running for {}", human_interval(*process.age));
  if (process.stopped) text += fmt::format(", which is stopped (to continue it: kill -CONT {})", *state.holder);
  return text;
}

}  // namespace barman::fs
