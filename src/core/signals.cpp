#include "barman/core/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>

#include "barman/core/error.h"

namespace barman::signals {

namespace {

static_assert(std::atomic<int>::is_always_lock_free, "the handler may only touch lock-free atomics");
std::atomic<int> received{0};
std::atomic<int> event_fd{-1};

extern "C" void remember_signal(int number) {
  const int saved = errno;
  received.store(number);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(event_fd.load(), &one, sizeof one);  // full: already readable
  errno = saved;
}

}  // namespace

void install() {
  if (event_fd.load() >= 0) return;
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw_errno("create", "eventfd");
  event_fd.store(fd);
  struct sigaction action = {};
  action.sa_handler = remember_signal;  // without SA_RESTART: a wait for a lock must end
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigemptyset(&ignore.sa_mask);
  ::sigaction(SIGPIPE, &ignore, nullptr);
  ::sigaction(SIGXFSZ, &ignore, nullptr);  // a file size limit is an error of write(), not the end of us
}

int pending() { return received.load(); }

int wake_fd() { return event_fd.load(); }

void clear() {
  received.store(0);
  std::uint64_t count = 0;
  if (event_fd.load() >= 0) [[maybe_unused]]
    const ssize_t got = ::read(event_fd.load(), &count, sizeof count);
}

void throw_if_pending() {
  const int number = pending();
  if (number == 0) return;
  throw Interrupted(number == SIGINT ? "Process interrupted by user (KeyboardInterrupt)"
                                     : "Process terminated by signal SIGTERM");
}

bool sleep_ms(int milliseconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
  while (pending() == 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return true;
    pollfd wake = {wake_fd(), POLLIN, 0};
    ::poll(&wake, 1, static_cast<int>(left));
  }
  return false;
}

Deferral::Deferral() : number_(pending()) { clear(); }

Deferral::~Deferral() {
  if (number_ != 0 && pending() == 0) remember_signal(number_);
}

}  // namespace barman::signals
