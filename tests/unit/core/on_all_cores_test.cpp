#include "barman/core/on_all_cores.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace barman {
namespace {

TEST(OnAllCores, DoesEachJobOnce) {
  std::vector<std::atomic<int>> done(1000);
  on_all_cores(done.size(), [&](std::size_t i) { ++done[i]; });
  for (const auto& count : done) EXPECT_EQ(count, 1);
  on_all_cores(0, [](std::size_t) { FAIL(); });
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

}  // namespace
}  // namespace barman
