#include "barman/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <system_error>

#include "barman/core/signals.h"

namespace barman {

std::size_t core_count() { return std::max(1U, std::thread::hardware_concurrency()); }

bool ThreadGroup::start(std::function<void()> work) {
  try {
    threads_.emplace_back(std::move(work));
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void ThreadGroup::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void run_parallel(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& job,
                  const std::function<void()>& failed) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) job(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      next = count;
      if (failure) return;
      failure = std::current_exception();
      failed();
    }
  };
  {
    ThreadGroup group;
    for (std::size_t i = 1; i < std::min(threads, count); ++i)
      if (!group.start(work)) break;
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

void on_all_cores(std::size_t count, const std::function<void(std::size_t)>& job) {
  run_parallel(count, core_count(), [&](std::size_t i) {
    signals::throw_if_pending();
    job(i);
  });
}

}  // namespace barman
