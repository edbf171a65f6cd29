#include "ordered_workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <utility>

namespace barman::archiver {
namespace {

TEST(OrderedWorkers, HandsOverInOrderWhateverFinishesFirst) {
  OrderedWorkers<std::unique_ptr<std::size_t>> workers(300, 4, 16, [](std::size_t i) {
    if (i % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
    return std::make_unique<std::size_t>(i);
  });
  for (std::size_t i = 0; i < 300; ++i) EXPECT_EQ(**workers.next(), i);
  EXPECT_FALSE(workers.next());
  EXPECT_FALSE(workers.ready());
}

TEST(OrderedWorkers, WorksOnlySoFarAhead) {
  std::atomic<std::size_t> begun = 0;
  OrderedWorkers<std::size_t> workers(1000, 3, 5, [&](std::size_t i) {
    ++begun;
    return i;
  });
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(workers.next(), i);
    EXPECT_LE(begun.load(), i + 1 + 5);
  }
}

TEST(OrderedWorkers, RethrowsAFailureWhenItsTurnComes) {
  OrderedWorkers<int> workers(4, 2, 4, [](std::size_t i) {
    if (i == 2) throw std::runtime_error("third");
    return static_cast<int>(i);
  });
  EXPECT_EQ(workers.next(), 0);
  EXPECT_EQ(workers.next(), 1);
  EXPECT_THROW(workers.next(), std::runtime_error);
  EXPECT_EQ(workers.next(), 3);
  EXPECT_FALSE(workers.next());
}

TEST(OrderedWorkers, StopsWhenNobodyWantsMore) {
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
    OrderedWorkers<Counted> workers(1000, 4, 8, [&](std::size_t) {
      ++made;
      return Counted(alive);
    });
    workers.next();
  }
  EXPECT_EQ(alive.load(), 0);
  EXPECT_LE(made.load(), 9);
}

TEST(OrderedWorkers, OfNothing) {
  OrderedWorkers<int> workers(0, 4, 8, [](std::size_t) { return 1; });
  EXPECT_FALSE(workers.next());
}

}  // namespace
}  // namespace barman::archiver
