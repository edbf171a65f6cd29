#include "in_order.h"

#include <gmock/gmock.h>

#include <chrono>
#include <stdexcept>

namespace barman::app {
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

TEST(InOrder, MakesResultsAtTheSameTimeAndTellsThemInOrder) {
  constexpr std::size_t count = 16;
  Meeting meeting(count);
  std::vector<std::size_t> told;
  in_order<std::size_t>(
      count, count,
      [&](std::size_t index) {
        EXPECT_TRUE(meeting.join()) << "one after the other";
        return index;
      },
      [&](std::size_t index) { told.push_back(index); });
  ASSERT_EQ(told.size(), count);
  EXPECT_TRUE(std::ranges::is_sorted(told));
}

TEST(InOrder, MakesMoreThanThereAreThreads) {
  std::size_t sum = 0;
  in_order<std::size_t>(
      100, 3, [](std::size_t index) { return index; }, [&](std::size_t index) { sum += index; });
  EXPECT_EQ(sum, 4950U);
}

TEST(InOrder, ThrowsWhereTheResultIsAskedFor) {
  std::vector<std::size_t> told;
  const auto make = [](std::size_t index) -> std::size_t {
    if (index == 2) throw std::runtime_error("two");
    return index;
  };
  const auto tell = [&](std::size_t index) { told.push_back(index); };
  EXPECT_THROW(in_order<std::size_t>(4, 4, make, tell), std::runtime_error);
  EXPECT_THAT(told, testing::ElementsAre(0, 1));
}

}  // namespace
}  // namespace barman::app
