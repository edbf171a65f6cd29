#include "child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/on_exit.h"

namespace barman::exec {
namespace {

constexpr std::chrono::seconds termination_grace{5};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> raw;
  raw.reserve(texts.size() + 1);
  for (const std::string& text : texts) raw.push_back(const_cast<char*>(text.c_str()));
  raw.push_back(nullptr);
  return raw;
}

class FileActions {
 public:
  FileActions() { check(::posix_spawn_file_actions_init(&actions_)); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  void duplicate(int from, int to) { check(::posix_spawn_file_actions_adddup2(&actions_, from, to)); }
  void close_from(int first) { check(::posix_spawn_file_actions_addclosefrom_np(&actions_, first)); }
  void change_directory(const std::string& path) {
    check(::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()));
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  static void check(int error) {
    if (error != 0) throw_errno("prepare", "child process", error);
  }
  posix_spawn_file_actions_t actions_;
};

class Attributes {
 public:
  explicit Attributes(bool new_session) {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t all;
    sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    const int group = new_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setflags(&attributes_,
                               static_cast<short>(group | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// Above 0, 1 and 2, so that placing one standard stream cannot overwrite the source of the next.
UniqueFd moved_up(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) throw_errno("duplicate", "descriptor of a child process");
  return copy;
}

[[noreturn]] void cannot_start(const Spawn& request, int error) {
  const std::string place = request.directory.empty() ? "" : fmt::format(" in '{}'", request.directory);
  throw Error(error == ENOENT ? Errc::not_found : Errc::io,
              fmt::format("cannot start '{}'{}: {}", request.program, place, std::strerror(error)));
}

}  // namespace

pid_t spawn(const Spawn& request) {
  const UniqueFd input = moved_up(request.input);
  const UniqueFd output = moved_up(request.output);
  const UniqueFd error = moved_up(request.error);
  FileActions actions;
  actions.duplicate(input.get(), STDIN_FILENO);
  actions.duplicate(output.get(), STDOUT_FILENO);
  actions.duplicate(error.get(), STDERR_FILENO);
  actions.close_from(STDERR_FILENO + 1);
  if (!request.directory.empty()) actions.change_directory(request.directory);
  const Attributes attributes(request.new_session);
  const std::vector<char*> argv = pointers(request.argv);
  const std::vector<char*> environment = pointers(request.environment);
  pid_t pid = -1;
  const int failure =
      ::posix_spawn(&pid, request.program.c_str(), actions.get(), attributes.get(), argv.data(), environment.data());
  if (failure != 0) cannot_start(request, failure);
  return pid;
}

std::vector<std::string> child_environment(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced =
        std::any_of(changes.begin(), changes.end(), [&](const auto& change) { return change.first == name; });
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [name, value] : changes) result.push_back(name + "=" + value);
  return result;
}

Child::Child(const Spawn& request) : pid_(spawn(request)) {
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

Child::~Child() {
  if (status_) return;
  signal(SIGTERM);
  signal(SIGCONT);
  if (!ended_within(termination_grace)) signal(SIGKILL);
  wait();
}

void Child::signal(int number) const {
  if (status_) return;
  if (::kill(-pid_, number) != 0) ::kill(pid_, number);
}

bool Child::stopped_by_terminal() {
  if (status_) return false;
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG) != 0 || info.si_pid == 0) return false;
  return info.si_status == SIGTTIN || info.si_status == SIGTTOU;
}

std::optional<int> Child::try_wait() {
  if (status_) return status_;
  int status = 0;
  pid_t got = 0;
  do got = ::waitpid(pid_, &status, WNOHANG);
  while (got < 0 && errno == EINTR);
  if (got == 0) return std::nullopt;
  if (got < 0) throw_errno("wait for", fmt::format("process {}", pid_));
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

int Child::wait() {
  if (status_) return *status_;
  int status = 0;
  pid_t got = 0;
  do got = ::waitpid(pid_, &status, 0);
  while (got < 0 && errno == EINTR);
  status_ = got < 0 ? 255 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *status_;
}

bool Child::ended_within(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  siginfo_t info{};
  for (;;) {
    info.si_pid = 0;
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0)
      return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace barman::exec
