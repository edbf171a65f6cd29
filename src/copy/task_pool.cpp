#include "task_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/signals.h"

namespace barman::copy {
namespace {

class Pool {
 public:
  Pool(const std::vector<std::function<void()>>& tasks, StartGate& gate, exec::Cancellation& cancellation)
      : tasks_(tasks), gate_(gate), cancellation_(cancellation) {}

  void work() {
    try {
      while (const std::function<void()>* task = next()) (*task)();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      cancellation_.cancel();
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const std::function<void()>* next() {
    StartGate::Clock::time_point start;
    std::size_t index = 0;
    {
      const std::lock_guard lock(mutex_);
      if (next_ == tasks_.size() || failure_) return nullptr;
      index = next_++;
      start = gate_.admit(StartGate::Clock::now());
    }
    wait_until(start);
    return &tasks_[index];
  }

  void wait_until(StartGate::Clock::time_point start) const {
    for (;;) {
      if (cancellation_.cancelled()) throw Interrupted("the copy was given up");
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(start - StartGate::Clock::now());
      if (left.count() <= 0) return;
      constexpr std::chrono::milliseconds::rep step = 100;
      if (!signals::sleep_ms(static_cast<int>(std::min(left.count(), step)))) signals::throw_if_pending();
    }
  }

  const std::vector<std::function<void()>>& tasks_;
  StartGate& gate_;
  exec::Cancellation& cancellation_;
  std::mutex mutex_;
  std::size_t next_ = 0;
  std::exception_ptr failure_;
};

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
  Pool pool(tasks, gate, cancellation);
  if (workers <= 1) {
    pool.work();
  } else {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(workers, tasks.size()); ++i) threads.emplace_back([&pool] { pool.work(); });
  }
  pool.rethrow();
}

}  // namespace barman::copy
