#pragma once
#include <atomic>

#include "barman/core/unique_fd.h"

namespace barman::exec {

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

}  // namespace barman::exec
