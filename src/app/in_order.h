#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace barman::app {

// Makes results on several threads, each taking the next one: one that waits for an answer keeps no other waiting. They
// are asked for in order; what one has thrown is thrown there.
template <typename Result>
class InOrder {
 public:
  using Make = std::function<Result(std::size_t)>;
  InOrder(std::size_t count, std::size_t threads, Make make) : make_(std::move(make)), slots_(count) {
    try {
      for (std::size_t i = 0; i < threads && i < count; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {  // no more threads for us: those that there are take longer
    }
    if (threads_.empty()) work();
  }
  InOrder(const InOrder&) = delete;
  InOrder& operator=(const InOrder&) = delete;
  ~InOrder() {
    next_ = slots_.size();
    for (std::thread& thread : threads_) thread.join();
  }

  Result take(std::size_t index) {
    std::unique_lock lock(mutex_);
    Slot& slot = slots_[index];
    ready_.wait(lock, [&] { return slot.result.has_value() || slot.failure != nullptr; });
    if (slot.failure) std::rethrow_exception(slot.failure);
    return std::move(*slot.result);
  }

 private:
  struct Slot {
    std::optional<Result> result;
    std::exception_ptr failure;
  };

  void work() {
    for (std::size_t i = next_++; i < slots_.size(); i = next_++) {
      Slot slot;
      try {
        slot.result = make_(i);
      } catch (...) {
        slot.failure = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      slots_[i] = std::move(slot);
      ready_.notify_one();
    }
  }

  const Make make_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Slot> slots_;
  std::vector<std::thread> threads_;
};

// Tells results 0 to count - 1, each as soon as those before it have been told.
template <typename Result>
void in_order(std::size_t count, std::size_t threads, typename InOrder<Result>::Make make,
              const std::function<void(const Result&)>& tell) {
  InOrder<Result> results(count, threads, std::move(make));
  for (std::size_t i = 0; i < count; ++i) tell(results.take(i));
}

}  // namespace barman::app
