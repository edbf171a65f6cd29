#include "workers.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "barman/core/error.h"

namespace barman::web {

Workers::Workers(std::size_t threads, std::function<void(Exchange&)> answer)
    : answer_(std::move(answer)),
      ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      most_slow_(std::max<std::size_t>(1, threads / 2)) {
  if (!ready_) throw_errno("create", "eventfd");
  for (std::size_t i = 0; i < threads; ++i)
    if (!threads_.start([this] { work(); })) break;
  if (threads_.empty()) throw Error(Errc::io, "cannot start a thread", "see whether this machine is short of memory");
}

Workers::~Workers() { join(); }

void Workers::join() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  given_.notify_all();
  threads_.join();
}

void Workers::give(Exchange& exchange, Pace pace) {
  {
    const std::lock_guard lock(mutex_);
    (pace == Pace::slow ? slow_ : quick_).push_back(&exchange);
  }
  given_.notify_one();
}

std::vector<Exchange*> Workers::take_answered() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(ready_.get(), &count, sizeof count);  // before the look: none is missed
  const std::lock_guard lock(mutex_);
  return std::exchange(answered_, {});
}

std::deque<Exchange*>* Workers::next() {
  if (!quick_.empty()) return &quick_;
  return !slow_.empty() && slow_at_work_ < most_slow_ ? &slow_ : nullptr;
}

void Workers::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    given_.wait(lock, [this] { return next() != nullptr || (ending_ && slow_.empty()); });
    std::deque<Exchange*>* const queue = next();
    if (queue == nullptr) return;
    const bool is_slow = queue == &slow_;
    Exchange* exchange = queue->front();
    queue->pop_front();
    if (is_slow) ++slow_at_work_;
    lock.unlock();
    answer_(*exchange);
    lock.lock();
    if (is_slow) --slow_at_work_;
    if (is_slow || ending_) given_.notify_all();
    answered_.push_back(exchange);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(ready_.get(), &one, sizeof one);  // full: already readable
  }
}

}  // namespace barman::web
