#include "task_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "barman/core/error.h"

namespace barman::copy {
namespace {

using namespace std::chrono_literals;
using Clock = StartGate::Clock;

TEST(StartGate, AdmitsABatchAndThenWaits) {
  StartGate gate(2, 3s);
  const Clock::time_point t{};
  EXPECT_EQ(gate.admit(t), t);
  EXPECT_EQ(gate.admit(t + 1s), t + 1s);
  EXPECT_EQ(gate.admit(t + 1s), t + 3s);
  EXPECT_EQ(gate.admit(t + 1s), t + 4s);
  EXPECT_EQ(gate.admit(t + 10s), t + 10s);
}

StartGate open_gate() { return StartGate(1000, 1s); }

TEST(RunTasks, RunsEachOnce) {
  for (const std::size_t workers : {1U, 4U}) {
    std::atomic<int> sum = 0;
    std::vector<std::function<void()>> tasks;
    for (int i = 1; i <= 20; ++i) tasks.emplace_back([&sum, i] { sum += i; });
    exec::Cancellation cancellation;
    run_tasks(tasks, workers, open_gate(), cancellation);
    EXPECT_EQ(sum, 210);
    EXPECT_FALSE(cancellation.cancelled());
  }
}

TEST(RunTasks, KeepsTheOrderOfASingleWorker) {
  std::vector<int> order;
  std::vector<std::function<void()>> tasks;
  for (int i = 0; i < 5; ++i) tasks.emplace_back([&order, i] { order.push_back(i); });
  exec::Cancellation cancellation;
  run_tasks(tasks, 1, open_gate(), cancellation);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(RunTasks, CancelsTheOthersAndRethrowsTheFirstFailure) {
  exec::Cancellation cancellation;
  std::atomic<int> later = 0;
  std::vector<std::function<void()>> tasks;
  tasks.emplace_back([&] {
    while (!cancellation.cancelled()) std::this_thread::sleep_for(1ms);
    throw Interrupted("given up");
  });
  tasks.emplace_back([] { throw Error(Errc::remote, "first"); });
  for (int i = 0; i < 10; ++i) tasks.emplace_back([&later] { ++later; });
  try {
    run_tasks(tasks, 2, open_gate(), cancellation);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "first");
  }
  EXPECT_EQ(later, 0);
}

TEST(RunTasks, StartsNothingOnceCancelled) {
  exec::Cancellation cancellation;
  cancellation.cancel();
  bool ran = false;
  EXPECT_THROW(run_tasks({[&] { ran = true; }}, 1, open_gate(), cancellation), Interrupted);
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace barman::copy
