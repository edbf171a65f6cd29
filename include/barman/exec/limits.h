#pragma once
#include <chrono>

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

}  // namespace barman::exec
