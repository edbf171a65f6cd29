#include "child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
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

constexpr int third_descriptor = 3;

// Above 0 to 3, so that placing one descriptor cannot overwrite the source of the next.
UniqueFd moved_up(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, third_descriptor + 1));
  if (!copy) throw_errno("duplicate", "descriptor of a child process");
  return copy;
}

[[noreturn]] void cannot_start(const Spawn& request, int error) {
  const std::string place = request.directory.empty() ? "" : fmt::format(" in '{}'", request.directory);
  throw Error(error == ENOENT ? Errc::not_found : Errc::io,
              fmt::format("cannot start '{}'{}: {}", request.program, place, std::strerror(error)));
}

}  // namespace

namespace {

// What the child needs after fork(): made before, as only async-signal-safe functions may be called in it.
struct Launch {
  const Spawn& request;
  std::vector<char*> argv, environment;
  int input, output, error, third;
  int failure;  // write end of a pipe: errno, if the program cannot be started
  pid_t parent;
};

void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool close_at_exec(int first) {
  if (::close_range(static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC) == 0) return true;
  const long end = ::sysconf(_SC_OPEN_MAX);  // kernels before 5.11
  for (int fd = first; fd < end; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return end > 0;
}

// The kernel sends the signal when the thread that called fork() ends, which waits for this child (LocalRunner). What
// has died before that was arranged is seen by its child having another parent.
bool tie_to_parent(const Launch& launch) {
  if (launch.request.death_signal == 0) return true;
  if (::prctl(PR_SET_PDEATHSIG, launch.request.death_signal) != 0) return false;
  if (::getppid() != launch.parent) ::_exit(128 + launch.request.death_signal);
  return true;
}

// And lets go of everything above it.
bool place_third(const Launch& launch) {
  if (launch.third < 0) return close_at_exec(third_descriptor);
  return ::dup2(launch.third, third_descriptor) >= 0 && close_at_exec(third_descriptor + 1);
}

[[noreturn]] void become(const Launch& launch) {
  const Spawn& request = launch.request;
  const bool ready = (request.new_session ? ::setsid() : ::setpgid(0, 0)) >= 0 && tie_to_parent(launch) &&
                     ::dup2(launch.input, STDIN_FILENO) >= 0 && ::dup2(launch.output, STDOUT_FILENO) >= 0 &&
                     ::dup2(launch.error, STDERR_FILENO) >= 0 && place_third(launch) &&
                     (request.directory.empty() || ::chdir(request.directory.c_str()) == 0);
  if (ready) {
    reset_signals();
    ::execve(request.program.c_str(), launch.argv.data(), launch.environment.data());
  }
  const int reason = errno;
  [[maybe_unused]] const ssize_t reported = ::write(launch.failure, &reason, sizeof reason);
  ::_exit(127);
}

// fork() with every signal blocked: a handler of ours must not run in the child.
pid_t fork_blocked(const Launch& launch) {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) become(launch);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

}  // namespace

pid_t spawn(const Spawn& request) {
  const UniqueFd input = moved_up(request.input);
  const UniqueFd output = moved_up(request.output);
  const UniqueFd error = moved_up(request.error);
  const UniqueFd third = request.third < 0 ? UniqueFd() : moved_up(request.third);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("create", "pipe to a child process");
  const UniqueFd report(ends[0]);
  UniqueFd failure = moved_up(ends[1]);
  ::close(ends[1]);
  const Launch launch{request,     pointers(request.argv), pointers(request.environment),
                      input.get(), output.get(),           error.get(),
                      third.get(), failure.get(),          ::getpid()};
  const pid_t pid = fork_blocked(launch);
  if (pid < 0) cannot_start(request, errno);
  failure.reset();
  int reason = 0;
  ssize_t got = 0;
  do got = ::read(report.get(), &reason, sizeof reason);  // ends when the program has taken the child's place
  while (got < 0 && errno == EINTR);
  if (got != sizeof reason) return pid;
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  cannot_start(request, reason);
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
