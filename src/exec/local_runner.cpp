#include "barman/exec/local_runner.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <string>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/process_file.h"
#include "barman/core/signals.h"
#include "barman/core/unique_fd.h"
#include "barman/exec/programs.h"
#include "child.h"
#include "stream_sink.h"

namespace barman::exec {

namespace {

// What a process and its forks, descendants that run the same program, have read and written so far: the kernel's
// counters (proc(5), /proc/pid/io) as text, the same as long as none of them does anything. Empty where there are none.
std::string io_counters(pid_t pid);

void add_counters(pid_t pid, const std::string& program, std::string& text) {
  text += read_process_file(pid, "io");
  std::istringstream children(read_process_file(pid, fmt::format("task/{}/children", pid)));
  for (pid_t child = 0; children >> child;)
    if (read_process_file(child, "comm") == program) add_counters(child, program, text);
}

std::string io_counters(pid_t pid) {
  std::string text;
  add_counters(pid, read_process_file(pid, "comm"), text);
  return text;
}

// Children have process groups of their own, so one that asks at the terminal (ssh for a passphrase) would be stopped
// for good. Like a shell we then make it the foreground group, and take the terminal back when it has ended.
class Terminal {
 public:
  Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { take_back(); }
  bool available() const { return static_cast<bool>(fd_) && !lent_; }  // there is one, and we are in its foreground
  void lend_to(pid_t group);
  void take_back();

 private:
  void give(pid_t group);

  UniqueFd fd_;
  pid_t own_group_ = -1;
  bool lent_ = false;
};

Terminal::Terminal() : own_group_(::getpgrp()) {
  UniqueFd fd(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  if (fd && ::tcgetpgrp(fd.get()) == own_group_) fd_ = std::move(fd);
}

void Terminal::lend_to(pid_t group) {
  if (!available()) return;
  give(group);
  lent_ = true;
}

void Terminal::take_back() {
  if (!lent_) return;
  give(own_group_);
  lent_ = false;
}

// From the background this would stop us with SIGTTOU.
void Terminal::give(pid_t group) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  ::tcsetpgrp(fd_.get(), group);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A child may leave processes behind that keep its output open (ssh with ControlPersist, daemons started by hooks).
// What it wrote itself is in the pipe when it ends; they are given this long.
constexpr milliseconds silence_after_exit{500};
constexpr milliseconds patience_after_exit{5'000};
constexpr milliseconds exit_poll{20};       // without pidfd
constexpr milliseconds terminal_poll{200};  // to see that a child waits for the terminal

struct Pipe {
  UniqueFd read, write;
};

void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("create", "pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd open_null(int flags) {
  UniqueFd fd(::open("/dev/null", flags | O_CLOEXEC));
  if (!fd) throw_errno("open", "/dev/null");
  return fd;
}

// The descriptors of one child: its ends are closed as soon as it has them.
struct Streams {
  UniqueFd child_input, child_output, child_error;
  UniqueFd input, output, error;  // our ends

  explicit Streams(const Command& command) {
    if (command.input) {
      Pipe pipe = make_pipe();
      child_input = std::move(pipe.read);
      input = std::move(pipe.write);
      set_nonblocking(input.get());
    } else if (command.input_fd < 0) {
      child_input = open_null(O_RDONLY);
    }
    if (command.output_fd < 0) {
      Pipe pipe = make_pipe();
      output = std::move(pipe.read);
      child_output = std::move(pipe.write);
      set_nonblocking(output.get());
    }
    Pipe pipe = make_pipe();
    error = std::move(pipe.read);
    child_error = std::move(pipe.write);
    set_nonblocking(error.get());
  }
};

// Feeds, drains and watches one child until it has ended.
class Pump {
 public:
  Pump(const Command& command, Child& child, Streams& streams, const Patience& patience)
      : command_(command),
        child_(child),
        streams_(streams),
        patience_(patience),
        out_(StreamSink::for_output(command)),
        err_(StreamSink::for_error(command)),
        buffer_(64 * 1024) {
    last_output_ = Clock::now();
    if (command.limits.deadline().count() > 0) deadline_ = last_output_ + command.limits.deadline();
    if (command.limits.idle().count() > 0) {
      io_counters_ = exec::io_counters(child.pid());
      look_again_at_ = last_output_ + command.limits.idle();
    }
    watches_silence_ = command.limits.silence().count() > 0;
  }

  Outcome run() {
    while (!finished()) step();
    out_.finish();
    err_.finish();
    outcome_.out = out_.take();
    outcome_.err = err_.take();
    return std::move(outcome_);
  }

 private:
  bool finished() const {
    if (!exited_) return false;
    if (!streams_.output && !streams_.error) return true;
    const auto now = Clock::now();
    return now >= last_output_ + silence_after_exit || now >= exited_at_ + patience_after_exit;
  }

  void step() {
    enforce_limits();
    const bool may_cancel = command_.cancellation != nullptr && !outcome_.cancelled && !exited_;
    std::array<pollfd, 6> watched{{{streams_.input.get(), POLLOUT, 0},
                                   {streams_.output.get(), POLLIN, 0},
                                   {streams_.error.get(), POLLIN, 0},
                                   {exited_ ? -1 : child_.exit_fd(), POLLIN, 0},
                                   {signal_passed_on_ || exited_ ? -1 : signals::wake_fd(), POLLIN, 0},
                                   {may_cancel ? command_.cancellation->fd() : -1, POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), timeout()) < 0 && errno != EINTR) throw_errno("poll", "child process");
    if (watched[0].revents != 0) feed();
    if (watched[1].revents != 0) drain(streams_.output, out_);
    if (watched[2].revents != 0) drain(streams_.error, err_);
    look_for_exit();
    if (!exited_ && terminal_.available() && child_.stopped_by_terminal()) {
      terminal_.lend_to(child_.pid());
      child_.signal(SIGCONT);
    }
  }

  void enforce_limits() {
    if (exited_) return;
    const auto now = Clock::now();
    if (const int number = signals::pending(); number != 0 && !signal_passed_on_) {
      signal_passed_on_ = true;
      child_.signal(command_.end_signal != 0 ? command_.end_signal : number);
      child_.signal(SIGCONT);
      kill_at_ = now + patience_.after_signal;
    }
    if (deadline_ && now >= *deadline_) {
      deadline_.reset();
      outcome_.timed_out = true;
      terminate(now);
    }
    if (look_again_at_ && now >= *look_again_at_) {
      look_again_at_ = now + command_.limits.idle();
      if (std::string counted = exec::io_counters(child_.pid()); counted.empty() || counted != io_counters_) {
        io_counters_ = std::move(counted);
      } else {
        look_again_at_.reset();
        outcome_.timed_out = outcome_.inactive = true;
        terminate(now);
      }
    }
    if (watches_silence_ && now >= last_output_ + command_.limits.silence()) {
      watches_silence_ = false;
      outcome_.timed_out = outcome_.inactive = true;
      terminate(now);
    }
    if (command_.cancellation != nullptr && command_.cancellation->cancelled() && !outcome_.cancelled) {
      outcome_.cancelled = true;
      terminate(now);
    }
    if (kill_at_ && now >= *kill_at_) {
      kill_at_.reset();
      child_.signal(SIGKILL);
    }
  }

  void terminate(Clock::time_point now) {
    child_.signal(command_.end_signal != 0 ? command_.end_signal : SIGTERM);
    child_.signal(SIGCONT);
    kill_at_ = now + patience_.after_deadline;
  }

  int timeout() const {
    const auto now = Clock::now();
    auto wait = milliseconds::max();
    const auto until = [&](Clock::time_point moment) {
      wait = std::min(wait, std::max(milliseconds(0), std::chrono::ceil<milliseconds>(moment - now)));
    };
    if (exited_) {
      until(last_output_ + silence_after_exit);
      until(exited_at_ + patience_after_exit);
    } else {
      if (deadline_) until(*deadline_);
      if (look_again_at_) until(*look_again_at_);
      if (watches_silence_) until(last_output_ + command_.limits.silence());
      if (kill_at_) until(*kill_at_);
      if (child_.exit_fd() < 0) until(now + exit_poll);
      if (terminal_.available()) until(now + terminal_poll);
    }
    return wait == milliseconds::max() ? -1 : static_cast<int>(std::min<milliseconds::rep>(wait.count(), 3'600'000));
  }

  void feed() {
    const std::string_view rest = std::string_view(*command_.input).substr(fed_);
    const ssize_t written = rest.empty() ? 0 : ::write(streams_.input.get(), rest.data(), rest.size());
    if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (written > 0) fed_ += static_cast<std::size_t>(written);
    // A child that closes its input has read what it wanted: its exit status says whether that was right.
    if (written < 0 || fed_ == command_.input->size()) streams_.input.reset();
  }

  void drain(UniqueFd& fd, StreamSink& sink) {
    const ssize_t got = ::read(fd.get(), buffer_.data(), buffer_.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      fd.reset();
      return;
    }
    last_output_ = Clock::now();
    sink.feed(std::string_view(buffer_.data(), static_cast<std::size_t>(got)));
  }

  void look_for_exit() {
    if (exited_) return;
    const std::optional<int> status = child_.try_wait();
    if (!status) return;
    exited_ = true;
    exited_at_ = last_output_ = Clock::now();
    outcome_.status = *status;
    streams_.input.reset();
    terminal_.take_back();
  }

  const Command& command_;
  Child& child_;
  Streams& streams_;
  const Patience& patience_;
  StreamSink out_, err_;
  std::vector<char> buffer_;
  Terminal terminal_;
  Outcome outcome_;
  std::size_t fed_ = 0;
  bool exited_ = false;
  bool signal_passed_on_ = false;
  bool watches_silence_ = false;
  std::string io_counters_;
  std::optional<Clock::time_point> deadline_, look_again_at_, kill_at_;
  Clock::time_point exited_at_, last_output_;
};

Spawn prepare(const Command& command, const std::string& search_path) {
  if (command.argv.empty()) throw Error(Errc::io, "cannot start a command without a name");
  Spawn request;
  request.program = program_path(command.argv.front(), search_path);
  request.argv = command.argv;
  request.argv.front() = request.program;
  request.directory = command.directory;
  std::vector<std::pair<std::string, std::string>> changes;
  if (!search_path.empty()) changes.emplace_back("PATH", program_search_path(search_path));
  for (const auto& setting : command.environment) {
    std::erase_if(changes, [&](const auto& change) { return change.first == setting.first; });
    changes.push_back(setting);
  }
  request.environment = child_environment(changes);
  return request;
}

}  // namespace

LocalRunner::LocalRunner(std::string search_path, Patience patience)
    : search_path_(std::move(search_path)), patience_(patience) {}

Outcome LocalRunner::run(const Command& command) {
  if (!command.own_signals) signals::throw_if_pending();
  Spawn request = prepare(command, search_path_);
  if (log::enabled(log::Level::debug)) log::debug(command.logger, "Command: {}", to_log(request.argv));
  Streams streams(command);
  request.input = command.input || command.input_fd < 0 ? streams.child_input.get() : command.input_fd;
  request.output = command.output_fd < 0 ? streams.child_output.get() : command.output_fd;
  request.error = streams.child_error.get();
  request.third = command.third_fd;
  if (command.ends_with_us) request.death_signal = command.end_signal != 0 ? command.end_signal : SIGTERM;
  Child child(request);
  streams.child_input.reset();
  streams.child_output.reset();
  streams.child_error.reset();
  Outcome outcome = Pump(command, child, streams, patience_).run();
  log::debug(command.logger, "Command return code: {}", outcome.status);
  if (!command.own_signals) signals::throw_if_pending();
  return outcome;
}

}  // namespace barman::exec
