#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/core/unique_fd.h"

namespace barman::exec {

// How long a command is waited for before it gets SIGTERM, then SIGKILL. There is no default: who starts a command says
// what ends it. A limit of 0 comes from a configuration that wants none (hang_timeout = 0).
class Limits {
 public:
  using Time = std::chrono::milliseconds;

  // In all.
  static Limits within(Time deadline) { return {deadline, {}, {}, false}; }
  // Until the child and its forks have read and written nothing, anywhere, for so long; it may take twice as long until
  // that is seen. What else they have started (ssh) does not count. Only where the child runs here.
  static Limits unless_idle(Time idle) { return {{}, idle, {}, false}; }
  // Until it has printed nothing for so long: for remote commands that say how far they are.
  static Limits unless_silent(Time silence) { return {{}, {}, silence, false}; }
  // As long as it takes: for children of ours that wait for others by design (hooks, pg_receivewal). Refused by
  // runners of remote commands.
  static Limits none() { return {{}, {}, {}, true}; }

  Time deadline() const { return deadline_; }
  Time idle() const { return idle_; }
  Time silence() const { return silence_; }
  // Whether something would end a remote command, unless its configuration says 0.
  bool hold_remotely() const { return !endless_ && idle_.count() == 0; }

 private:
  Limits(Time deadline, Time idle, Time silence, bool endless)
      : deadline_(deadline), idle_(idle), silence_(silence), endless_(endless) {}

  Time deadline_, idle_, silence_;  // 0: none
  bool endless_;
};

// A way for one thread to stop the children that others wait for (Command::cancellation). It must outlive them.
class Cancellation {
 public:
  Cancellation();
  void cancel();  // for good; safe from several threads
  bool cancelled() const { return cancelled_; }
  int fd() const { return event_.get(); }  // readable once cancelled

 private:
  UniqueFd event_;
  std::atomic<bool> cancelled_ = false;
};

// What to start. argv only: no shell is ever put in between.
struct Command {
  Command(std::vector<std::string> words, Limits how_long) : argv(std::move(words)), limits(how_long) {}

  std::vector<std::string> argv;
  Limits limits;
  std::vector<std::pair<std::string, std::string>> environment;  // added to, or replacing in, the inherited one
  std::string directory;                                         // working directory of the child; empty: ours
  std::optional<std::string> input;                              // fed to stdin; neither this nor input_fd: /dev/null
  int input_fd = -1;                                             // becomes stdin (not closed, not owned)
  int output_fd = -1;                                            // becomes stdout; Outcome::out stays empty
  int third_fd = -1;                                             // becomes descriptor 3; only where the child runs here
  const Cancellation* cancellation = nullptr;                    // once cancelled: SIGTERM, then SIGKILL
  std::function<void(std::string_view)> on_output_line;          // called while it runs; the line is not kept in out
  std::function<void(std::string_view)> on_error_line;           // the last 64 KiB are still kept in err
  std::size_t most_output = 256 * 1024 * 1024;                   // of what is kept in out; more is Error(remote)
  std::string logger = "barman.command_wrappers";  // where output goes in the log (stdout DEBUG, stderr WARNING)
  std::shared_ptr<const void> needs;               // lives for as long as a copy of this command does
  bool ends_with_us = true;  // it gets a SIGTERM when we are killed; scripts of others are left to come to their end
  int end_signal = 0;        // sent instead of SIGTERM, and of the signal that asks us to stop; 0: those
  bool log_output = true;
  bool own_signals = false;  // true: a signal is passed on and the Outcome returned; false: Interrupted is thrown
};

struct Outcome {
  int status = 0;  // exit status, or 128 + signal
  std::string out;
  std::string err;
  bool timed_out = false;
  bool inactive = false;  // timed out because it did nothing
  bool cancelled = false;
  bool ok() const { return status == 0; }
};

// Text for people: the child's own words, or what became of it when it said nothing ("exit status 12").
std::string describe(const Command& command, const Outcome& outcome);
// argv as in Barman's log: ['rsync', '-e', ...], passwords redacted.
std::string to_log(const std::vector<std::string>& argv);

// Where commands run: this machine, or another through ssh. The seam that tests fake.
class Runner {
 public:
  virtual ~Runner() = default;
  // Starts, drains stdout and stderr by poll, passes SIGINT/SIGTERM on to the child, waits. A program that cannot be
  // started throws Error(not_found or io); an ssh connection that cannot be made is an Outcome with status 255.
  virtual Outcome run(const Command& command) = 0;
  virtual bool is_remote() const = 0;
};

// Runs and throws Error(errc, "{what}: {describe}") unless the exit status is 0.
Outcome run_checked(Runner& runner, const Command& command, std::string_view what);

}  // namespace barman::exec
