#include "barman/fs/lock_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
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

// The lock is the flock; the pid only tells others whose it is. A full disk has no room for it, and must be emptied
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

void tell_wait(const std::string& path) {
  const std::string text = fmt::format("waiting for the lock '{}', which is held by {}", path, describe_holder(path));
  log::warning("barman.lockfile", "{}", text);
  if (wait_listener()) wait_listener()(text);
}

}  // namespace

LockFile::LockFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

LockFile::LockFile(LockFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::move(other.fd_)), remove_(other.remove_) {}

LockFile::~LockFile() {
  if (fd_ && remove_ && still_there(fd_.get(), path_)) ::unlink(path_.c_str());
}

std::optional<LockFile> LockFile::try_acquire(const std::string& path) {
  for (;;) {
    UniqueFd fd = open_lock(path);
    if (!lock_unless_busy(fd.get(), path)) return std::nullopt;
    if (!still_there(fd.get(), path)) continue;
    if (has_another_name(fd.get())) {
      remove_file(path);
      continue;
    }
    write_pid(fd.get(), path);
    return LockFile(path, std::move(fd));
  }
}

std::optional<LockFile> LockFile::try_share(const LockFile& held, const std::string& path) {
  if (::link(held.path_.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST) return std::nullopt;
    throw_errno("create lock file", path);
  }
  LockFile result(path, UniqueFd(::fcntl(held.fd_.get(), F_DUPFD_CLOEXEC, 0)));
  if (!result.fd_) throw_errno("lock", path);
  result.remove_on_release();
  return result;
}

void LockFile::remove_stale_share(const std::string& path) const {
  if (path != path_ && still_there(fd_.get(), path)) remove_file(path);
}

LockFile LockFile::acquire(const std::string& path) {
  using Clock = std::chrono::steady_clock;
  constexpr int longest_pause_ms = 50;
  std::optional<Clock::time_point> tell_at = Clock::now() + silent_wait;
  for (int pause_ms = 1;; pause_ms = std::min(2 * pause_ms, longest_pause_ms)) {
    if (std::optional<LockFile> lock = try_acquire(path)) return std::move(*lock);
    if (tell_at && Clock::now() >= *tell_at) {
      tell_wait(path);
      tell_at.reset();
    }
    if (!signals::sleep_ms(pause_ms)) signals::throw_if_pending();
  }
}

void tell_waits_to(std::function<void(const std::string&)> listener) { wait_listener() = std::move(listener); }

LockDirectory::LockDirectory(std::string directory, std::string server)
    : directory_(std::move(directory)), server_(std::move(server)) {}

std::string LockDirectory::path(const std::string& what) const {
  return fmt::format("{}/.{}-{}.lock", directory_, server_, what);
}
std::string LockDirectory::backup() const { return path("backup"); }
std::string LockDirectory::backup_id(const std::string& id) const { return path(id); }
std::string LockDirectory::cron() const { return path("cron"); }
std::string LockDirectory::archive_wal() const { return path("archive-wal"); }
std::string LockDirectory::receive_wal() const { return path("receive-wal"); }
std::string LockDirectory::xlogdb() const { return path("xlogdb"); }
std::string LockDirectory::sync_backup(const std::string& id) const { return path(id + "-sync-backup"); }
std::string LockDirectory::sync_wal() const { return path("sync-wal"); }

std::string config_update_lock(const std::string& lock_directory) { return lock_directory + "/.config-update.lock"; }

void remove_free_lock(const std::string& path) {
  // What is no lock file, or somebody else's, is none of our business.
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd && is_regular(fd.get()) && lock_now(fd.get(), path) && still_there(fd.get(), path)) remove_file(path);
}

void remove_free_locks(const std::string& lock_directory) {
  for (const std::string& name : list_directory_if_exists(lock_directory))
    if (name.starts_with('.') && name.ends_with(".lock")) remove_free_lock(lock_directory + "/" + name);
}

}  // namespace barman::fs
