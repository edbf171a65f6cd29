#include "barman/core/periodic.h"

#include <gtest/gtest.h>

#include <atomic>

namespace barman {
namespace {

TEST(Periodic, BeatsUntilToldOtherwise) {
  using namespace std::chrono_literals;
  std::atomic<int> beats = 0;
  {
    const Periodic periodic(1ms, [&] { return ++beats < 3; });
    for (int i = 0; i < 2000 && beats < 3; ++i) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_EQ(beats, 3);
  {
    const Periodic never(0ms, [&] { return ++beats > 0; });
  }
  {
    const Periodic later(1h, [&] { return ++beats > 0; });
  }
  EXPECT_EQ(beats, 3);
}

}  // namespace
}  // namespace barman
