#include "terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace barman::exec {

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

}  // namespace barman::exec
