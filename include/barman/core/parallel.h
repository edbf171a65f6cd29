#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

// Work on several threads. Each of these waits for its threads before it ends, and makes do with fewer where the system
// gives no more: at the worst everything is done on the calling thread.
namespace barman {

std::size_t core_count();  // at least 1

// Threads that are joined before the group ends.
class ThreadGroup {
 public:
  ThreadGroup() = default;
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;
  ~ThreadGroup() { join(); }
  bool start(std::function<void()> work);  // false: the system gives no more threads
  void join();
  bool empty() const { return threads_.empty(); }

 private:
  std::vector<std::thread> threads_;
};

// Does job(0) to job(count - 1), begun in that order, at most `threads` at a time, the calling thread being one of
// them. The first exception ends it: `failed` is called once it is noted, nothing more begins, and it is rethrown when
// all that had begun has ended.
void run_parallel(
    std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& job,
    const std::function<void()>& failed = [] {});

// The same with a thread for each core; a signal ends it, too.
void on_all_cores(std::size_t count, const std::function<void(std::size_t)>& job);

// Computes make(0), make(1), ... make(count - 1) on several threads and hands the results over in that order. At most
// `ahead` results wait to be taken, so memory does not depend on `count`. A failure is a result too: it is rethrown
// when its turn comes. Destruction stops the work: what has not begun is never done, results not taken are destroyed.
template <typename Result>
class OrderedResults {
 public:
  OrderedResults(std::size_t count, std::size_t threads, std::size_t ahead, std::function<Result(std::size_t)> make)
      : count_(count), ahead_(ahead), make_(std::move(make)) {
    for (std::size_t i = 0; i < threads && i < count; ++i)
      if (!threads_.start([this] { work(); })) break;
  }
  OrderedResults(const OrderedResults&) = delete;
  OrderedResults& operator=(const OrderedResults&) = delete;
  ~OrderedResults() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    room_.notify_all();
    threads_.join();
  }

  // Waits for the next result. std::nullopt after the last one.
  std::optional<Result> next() {
    if (threads_.empty() && taken_ < count_) return make_(taken_++);
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
  ThreadGroup threads_;
};

// Items that are worked on by several threads while more are found. Whoever adds one waits while `most_waiting` wait.
// The first failure is rethrown by every call after it, and nothing begins any more. Destruction drops what waits.
template <typename Item>
class WorkQueue {
 public:
  WorkQueue(std::size_t threads, std::size_t most_waiting, std::function<void(const Item&)> work)
      : most_waiting_(most_waiting), work_(std::move(work)) {
    for (std::size_t i = 0; i < threads; ++i)
      if (!threads_.start([this] { run(); })) break;
  }
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  ~WorkQueue() { stop(true); }

  void add(Item item) {
    if (threads_.empty()) return work_(item);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || waiting_.size() < most_waiting_; });
    rethrow();
    waiting_.push_back(std::move(item));
    changed_.notify_all();
  }
  // Throws the first failure, if there was one. Those that are at work may ask, too.
  void check() {
    const std::lock_guard lock(mutex_);
    rethrow();
  }
  // Once all that was added is done.
  void finish() {
    stop(false);
    rethrow();
  }

 private:
  void rethrow() {
    if (failure_) std::rethrow_exception(failure_);
  }

  void stop(bool at_once) {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      if (at_once) waiting_.clear();
    }
    changed_.notify_all();
    threads_.join();
  }

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
      if (waiting_.empty() || failure_) return;
      const Item item = std::move(waiting_.front());
      waiting_.pop_front();
      changed_.notify_all();
      lock.unlock();
      try {
        work_(item);
        lock.lock();
      } catch (...) {
        lock.lock();
        if (!failure_) failure_ = std::current_exception();
        changed_.notify_all();
      }
    }
  }

  const std::size_t most_waiting_;
  const std::function<void(const Item&)> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> waiting_;
  std::exception_ptr failure_;
  bool ended_ = false;
  ThreadGroup threads_;
};

}  // namespace barman
