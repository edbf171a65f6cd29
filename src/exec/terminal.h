#pragma once
#include <sys/types.h>

#include "barman/core/unique_fd.h"

namespace barman::exec {

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

}  // namespace barman::exec
