#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "barman/exec/command.h"

namespace barman::copy {

// At most `size` starts in any `period`.
class StartGate {
 public:
  using Clock = std::chrono::steady_clock;
  StartGate(std::int64_t size, std::chrono::seconds period) : size_(size), period_(period) {}
  // When a start asked for at `now` may happen; counts it as happening then.
  Clock::time_point admit(Clock::time_point now);

 private:
  std::int64_t size_;
  std::chrono::seconds period_;
  std::deque<Clock::time_point> starts_;  // the last `size_`
};

// Runs the tasks in order on `workers` threads (one: on this one). The first failure is rethrown once all have ended;
// it cancels `cancellation`, and no task starts after that. A signal counts as a failure.
void run_tasks(const std::vector<std::function<void()>>& tasks, std::size_t workers, StartGate gate,
               exec::Cancellation& cancellation);

}  // namespace barman::copy
