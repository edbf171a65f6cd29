#include "scratch.h"

#include <dirent.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/process_file.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/file.h"

namespace barman::drill {
namespace {

constexpr std::string_view logger = "barman.drill";
constexpr std::string_view prefix = "drill-", random_part = "XXXXXX";  // of mkdtemp()
constexpr mode_t private_directory = 0700;
constexpr std::size_t longest_socket_path = 107;  // what sockaddr_un has room for
constexpr std::string_view socket_name = "/socket/.s.PGSQL.5432";

std::string lock_of(const std::string& directory) { return directory + "/lock"; }

// Whose working directory is `data`, and whose program is PostgreSQL: a server's processes all stay there.
bool works_in(pid_t pid, const struct ::stat& data) {
  struct ::stat at {};
  if (::stat(fmt::format("/proc/{}/cwd/.", pid).c_str(), &at) != 0) return false;
  if (at.st_ino != data.st_ino || at.st_dev != data.st_dev) return false;
  return trim(read_process_file(pid, "comm")) == "postgres";
}

std::vector<pid_t> processes_in(const std::string& data) {
  std::vector<pid_t> found;
  struct ::stat info {};
  if (::stat(data.c_str(), &info) != 0) return found;
  for (const std::string& name : fs::list_directory("/proc")) {
    const auto pid = parse_decimal(name);
    if (pid && works_in(static_cast<pid_t>(*pid), info)) found.push_back(static_cast<pid_t>(*pid));
  }
  return found;
}

// The process is held fast by a descriptor before it is looked at: its number may be another's a moment later.
void send(int number, pid_t pid, const std::string& data) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  struct ::stat info {};
  if (::stat(data.c_str(), &info) != 0 || !works_in(pid, info)) return;
  if (process)
    ::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0);
  else
    ::kill(pid, number);
}

std::optional<pid_t> postmaster_in(const std::string& data) {
  const auto text = fs::read_file_if_exists(data + "/postmaster.pid");
  if (!text) return std::nullopt;
  const auto pid = parse_decimal(trim(text->substr(0, text->find('\n'))));
  return pid && *pid > 0 ? std::optional(static_cast<pid_t>(*pid)) : std::nullopt;
}

bool gone_within(const std::string& data, std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds pause{20};
  for (auto waited = std::chrono::milliseconds(0); waited < limit; waited += pause) {
    if (processes_in(data).empty()) return true;
    std::this_thread::sleep_for(pause);
  }
  return processes_in(data).empty();
}

// At once first, as a server does it itself; then by force.
void end_server(const std::string& data) {
  using std::chrono::seconds;
  if (processes_in(data).empty()) return;
  if (const auto postmaster = postmaster_in(data)) send(SIGQUIT, *postmaster, data);
  if (gone_within(data, seconds(8))) return;
  for (const pid_t pid : processes_in(data)) send(SIGKILL, pid, data);
  if (!gone_within(data, seconds(8)))
    throw Error(Errc::timeout, fmt::format("cannot end the PostgreSQL that works in '{}'", data),
                "see what it waits for: ps -fe");
}

// The lock goes last: a directory without one is kept.
void remove_content(const std::string& path) {
  for (const std::string& name : fs::list_directory(path))
    if (name != "lock") fs::remove_tree(fmt::format("{}/{}", path, name));
  fs::remove_file(lock_of(path));
  if (::rmdir(path.c_str()) != 0) throw_errno("remove", path);
}

void remove_directory(const std::string& path) {
  end_server(path + "/data");
  try {
    remove_content(path);
  } catch (const Error& error) {
    if (!fs::exists(lock_of(path))) throw;
    std::this_thread::sleep_for(std::chrono::seconds(1));  // what was cut off may just have made a file
    remove_content(path);
  }
}

// Others may have directories there, too.
bool has_own_name(const std::string& name) {
  return name.starts_with(prefix) && name.size() == prefix.size() + random_part.size();
}

bool is_own_directory(const std::string& path) {
  const auto info = fs::lstat_if_exists(path);
  return info && S_ISDIR(info->st_mode) && info->st_uid == ::geteuid();
}

// One without a lock file is kept, or is being made this very moment and empty.
void remove_if_abandoned(const std::string& path) {
  if (!fs::exists(lock_of(path))) {
    ::rmdir(path.c_str());
    return;
  }
  const auto lock = fs::LockFile::try_acquire(lock_of(path));
  if (!lock) return;
  log::info(logger, "removing '{}', which a drill left that was killed", path);
  remove_directory(path);
}

}  // namespace

Scratch::Scratch(const std::string& parent) {
  const std::string pattern = fmt::format("{}/{}{}", parent, prefix, random_part);
  if (pattern.size() + socket_name.size() > longest_socket_path)
    throw Error(Errc::refused, fmt::format("the path '{}' is too long for the socket of a PostgreSQL in it", parent),
                fmt::format("set drill_directory to one of at most {} characters",
                            longest_socket_path - socket_name.size() - (pattern.size() - parent.size())));
  fs::make_directories(parent, private_directory);
  constexpr int attempts = 10;  // somebody who clears up may take an empty one for a left one
  for (int attempt = 0; attempt < attempts && !lock_; ++attempt) {
    path_ = pattern;
    if (::mkdtemp(path_.data()) == nullptr) throw_errno("create a directory in", parent);
    try {
      if (auto lock = fs::LockFile::try_acquire(lock_of(path_))) lock_.emplace(std::move(*lock));
    } catch (const Error& error) {
      if (fs::exists(path_)) {
        ::rmdir(path_.c_str());
        throw;
      }
    }
  }
  if (!lock_) throw Error(Errc::io, fmt::format("cannot lock a directory in '{}'", parent));
  fs::make_directories(sockets(), private_directory);
  fs::make_directories(temporary(), private_directory);
}

Scratch::~Scratch() {
  const signals::Deferral deferral;
  try {
    if (keep_)
      fs::remove_file(lock_of(path_));
    else
      remove_directory(path_);
  } catch (const std::exception& error) {
    log::warning(logger, "{}", error.what());
  }
}

std::string Scratch::tablespace(std::size_t number) const { return fmt::format("{}/tablespace_{}", path_, number); }

void remove_abandoned(const std::string& parent) {
  for (const std::string& name : fs::list_directory_if_exists(parent)) {
    const std::string path = fmt::format("{}/{}", parent, name);
    if (!has_own_name(name) || !is_own_directory(path)) continue;
    try {
      remove_if_abandoned(path);
    } catch (const Error& error) {
      log::warning(logger, "{}", with_hint(error));
    }
  }
}

}  // namespace barman::drill
