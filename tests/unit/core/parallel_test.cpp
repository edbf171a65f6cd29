#include "barman/core/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace barman {
namespace {

// Waits until `wanted` threads are here at the same time; false: that many never came.
class Meeting {
 public:
  explicit Meeting(std::size_t wanted) : wanted_(wanted) {}
  bool join() {
    std::unique_lock lock(mutex_);
    if (++present_ == wanted_) all_.notify_all();
    return all_.wait_for(lock, std::chrono::seconds(30), [&] { return present_ >= wanted_; });
  }

 private:
  const std::size_t wanted_;
  std::size_t present_ = 0;
  std::mutex mutex_;
  std::condition_variable all_;
};

TEST(ThreadGroup, EndsWithItsThreads) {
  std::atomic<int> done = 0;
  {
    ThreadGroup group;
    EXPECT_TRUE(group.empty());
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(group.start([&] { ++done; }));
    EXPECT_FALSE(group.empty());
  }
  EXPECT_EQ(done, 3);
}

TEST(RunParallel, DoesEachJobOnceAndManyAtATime) {
  constexpr std::size_t count = 16;
  Meeting meeting(count);
  std::vector<std::atomic<int>> done(count);
  run_parallel(count, count, [&](std::size_t i) {
    EXPECT_TRUE(meeting.join()) << "one after the other";
    ++done[i];
  });
  for (const auto& times : done) EXPECT_EQ(times, 1);
  run_parallel(0, 4, [](std::size_t) { FAIL(); });
}

TEST(RunParallel, KeepsTheOrderOnOneThread) {
  std::vector<std::size_t> order;
  run_parallel(5, 1, [&](std::size_t i) { order.push_back(i); });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(RunParallel, TellsOfTheFirstFailureBeforeOthersCanFollow) {
  std::atomic<bool> cancelled = false;
  std::atomic<int> told = 0;
  const auto job = [&](std::size_t i) {
    if (i == 0) throw std::runtime_error("first");
    while (!cancelled) std::this_thread::yield();
    throw std::logic_error("given up");
  };
  const auto failed = [&] {
    ++told;
    cancelled = true;
  };
  EXPECT_THROW(run_parallel(2, 2, job, failed), std::runtime_error);
  EXPECT_EQ(told, 1);
}

TEST(OnAllCores, DoesEachJobOnce) {
  std::vector<std::atomic<int>> done(1000);
  on_all_cores(done.size(), [&](std::size_t i) { ++done[i]; });
  for (const auto& times : done) EXPECT_EQ(times, 1);
}

TEST(OnAllCores, EndsWithTheFirstFailure) {
  std::atomic<std::size_t> begun = 0;
  const auto fail = [&](std::size_t) {
    ++begun;
    throw std::runtime_error("a job failed");
  };
  EXPECT_THROW(on_all_cores(100'000, fail), std::runtime_error);
  EXPECT_LT(begun, 100'000U);
}

TEST(OrderedResults, HandsOverInOrderWhateverFinishesFirst) {
  OrderedResults<std::unique_ptr<std::size_t>> results(300, 4, 16, [](std::size_t i) {
    if (i % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
    return std::make_unique<std::size_t>(i);
  });
  for (std::size_t i = 0; i < 300; ++i) EXPECT_EQ(**results.next(), i);
  EXPECT_FALSE(results.next());
  EXPECT_FALSE(results.ready());
}

TEST(OrderedResults, AreMadeAtTheSameTime) {
  constexpr std::size_t count = 16;
  Meeting meeting(count);
  OrderedResults<bool> results(count, count, count, [&](std::size_t) { return meeting.join(); });
  while (const auto met = results.next()) EXPECT_TRUE(*met) << "one after the other";
}

TEST(OrderedResults, AreMadeByTheCallerWhereThereAreNoThreads) {
  OrderedResults<std::size_t> results(3, 0, 8, [](std::size_t i) { return i; });
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(results.ready());
    EXPECT_EQ(results.next(), i);
  }
  EXPECT_FALSE(results.next());
}

TEST(OrderedResults, AreMadeOnlySoFarAhead) {
  std::atomic<std::size_t> begun = 0;
  OrderedResults<std::size_t> results(1000, 3, 5, [&](std::size_t i) {
    ++begun;
    return i;
  });
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(results.next(), i);
    EXPECT_LE(begun.load(), i + 1 + 5);
  }
}

TEST(OrderedResults, RethrowAFailureWhenItsTurnComes) {
  OrderedResults<int> results(4, 2, 4, [](std::size_t i) {
    if (i == 2) throw std::runtime_error("third");
    return static_cast<int>(i);
  });
  EXPECT_EQ(results.next(), 0);
  EXPECT_EQ(results.next(), 1);
  EXPECT_THROW(results.next(), std::runtime_error);
  EXPECT_EQ(results.next(), 3);
  EXPECT_FALSE(results.next());
}

TEST(OrderedResults, StopWhenNobodyWantsMore) {
  std::atomic<int> alive = 0;
  struct Counted {
    explicit Counted(std::atomic<int>& count) : count_(&count) { ++*count_; }
    Counted(Counted&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Counted& operator=(Counted&& other) noexcept {
      std::swap(count_, other.count_);
      return *this;
    }
    ~Counted() {
      if (count_) --*count_;
    }
    std::atomic<int>* count_;
  };
  std::atomic<int> made = 0;
  {
    OrderedResults<Counted> results(1000, 4, 8, [&](std::size_t) {
      ++made;
      return Counted(alive);
    });
    results.next();
  }
  EXPECT_EQ(alive.load(), 0);
  EXPECT_LE(made.load(), 9);
}

TEST(WorkQueue, DoesAllThatWasAdded) {
  for (const std::size_t threads : {0U, 3U}) {
    std::atomic<int> sum = 0;
    WorkQueue<int> queue(threads, 2, [&](const int& item) { sum += item; });
    for (int i = 1; i <= 100; ++i) queue.add(i);
    queue.finish();
    EXPECT_EQ(sum, 5050);
  }
}

TEST(WorkQueue, RethrowsTheFirstFailureAndBeginsNothingAfterIt) {
  std::atomic<int> done = 0;
  WorkQueue<int> queue(1, 4, [&](const int& item) {
    if (item == 3) throw std::runtime_error("third");
    ++done;
  });
  EXPECT_THROW(
      {
        for (int i = 1; i <= 1000; ++i) queue.add(i);
        queue.finish();
      },
      std::runtime_error);
  EXPECT_EQ(done, 2);
}

TEST(WorkQueue, TellsThoseAtWorkThatOneHasFailed) {
  Meeting begun(2);
  std::string told;
  WorkQueue<int> queue(2, 4, [&](const int& item) {
    begun.join();
    if (item == 1) throw std::runtime_error("first");
    for (;;) {
      try {
        queue.check();
      } catch (const std::runtime_error& error) {
        told = error.what();
        throw;
      }
      std::this_thread::yield();
    }
  });
  EXPECT_NO_THROW(queue.check());
  queue.add(1);
  queue.add(2);
  EXPECT_THROW(queue.finish(), std::runtime_error);
  EXPECT_EQ(told, "first");
}

TEST(WorkQueue, DropsWhatWaitsWhenItIsGivenUp) {
  Meeting begun(2);
  std::atomic<bool> go = false;
  std::atomic<int> done = 0;
  std::thread release;
  {
    WorkQueue<int> queue(1, 8, [&](const int&) {
      begun.join();
      while (!go) std::this_thread::yield();
      ++done;
    });
    for (int i = 0; i < 5; ++i) queue.add(i);
    EXPECT_TRUE(begun.join());
    release = std::thread([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      go = true;
    });
  }
  release.join();
  EXPECT_LE(done, 1);
}

}  // namespace
}  // namespace barman
