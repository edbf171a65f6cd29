#include "task_pool.h"

#include <algorithm>
#include <mutex>

#include "barman/core/error.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"

namespace barman::copy {
namespace {

void wait_until(StartGate::Clock::time_point start, const exec::Cancellation& cancellation) {
  for (;;) {
    if (cancellation.cancelled()) throw Interrupted("the copy was given up");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(start - StartGate::Clock::now());
    if (left.count() <= 0) return;
    constexpr std::chrono::milliseconds::rep step = 100;
    if (!signals::sleep_ms(static_cast<int>(std::min(left.count(), step)))) signals::throw_if_pending();
  }
}

}  // namespace

StartGate::Clock::time_point StartGate::admit(Clock::time_point now) {
  Clock::time_point start = now;
  if (static_cast<std::int64_t>(starts_.size()) >= size_) {
    start = std::max(now, starts_.front() + period_);
    starts_.pop_front();
  }
  starts_.push_back(start);
  return start;
}

void run_tasks(const std::vector<std::function<void()>>& tasks, std::size_t workers, StartGate gate,
               exec::Cancellation& cancellation) {
  std::mutex mutex;
  const auto admit = [&] {
    const std::lock_guard lock(mutex);
    return gate.admit(StartGate::Clock::now());
  };
  run_parallel(
      tasks.size(), std::max<std::size_t>(workers, 1),
      [&](std::size_t index) {
        wait_until(admit(), cancellation);
        tasks[index]();
      },
      [&] { cancellation.cancel(); });
}

}  // namespace barman::copy
