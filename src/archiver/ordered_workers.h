#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace barman::archiver {

// Computes make(0), make(1), ... make(count - 1) on several threads and hands the results over in that order. At most
// `ahead` results wait to be taken, so memory does not depend on `count`. A failure is a result too: it is rethrown
// when its turn comes. Destruction stops the work: what has not begun is never done, results not taken are destroyed.
template <typename Result>
class OrderedWorkers {
 public:
  OrderedWorkers(std::size_t count, std::size_t threads, std::size_t ahead, std::function<Result(std::size_t)> make)
      : count_(count), ahead_(ahead), make_(std::move(make)) {
    for (std::size_t i = 0; i < threads && i < count; ++i) threads_.emplace_back([this] { work(); });
  }
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;
  ~OrderedWorkers() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // Waits for the next result. std::nullopt after the last one.
  std::optional<Result> next() {
    std::unique_lock lock(mutex_);
    if (taken_ == count_) return std::nullopt;
    ready_.wait(lock, [&] { return front_is_ready(); });
    return take();
  }
  // Whether next() would return without waiting.
  bool ready() {
    const std::lock_guard lock(mutex_);
    return taken_ < count_ && front_is_ready();
  }

 private:
  struct Slot {
    std::optional<Result> result;
    std::exception_ptr failure;
    bool done = false;
  };

  bool front_is_ready() const { return !slots_.empty() && slots_.front().done; }

  Result take() {
    Slot slot = std::move(slots_.front());
    slots_.pop_front();
    ++taken_;
    room_.notify_all();
    if (slot.failure) std::rethrow_exception(slot.failure);
    return std::move(*slot.result);
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      room_.wait(lock, [&] { return stopped_ || begun_ == count_ || begun_ < taken_ + ahead_; });
      if (stopped_ || begun_ == count_) return;
      const std::size_t index = begun_++;
      slots_.emplace_back();
      lock.unlock();
      Slot done;
      try {
        done.result = make_(index);
      } catch (...) {
        done.failure = std::current_exception();
      }
      done.done = true;
      lock.lock();
      slots_[index - taken_] = std::move(done);
      ready_.notify_one();
    }
  }

  const std::size_t count_;
  const std::size_t ahead_;
  const std::function<Result(std::size_t)> make_;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::deque<Slot> slots_;  // results taken_, taken_ + 1, ...
  std::size_t begun_ = 0;
  std::size_t taken_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace barman::archiver
