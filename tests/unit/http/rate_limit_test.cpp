#include "rate_limit.h"

#include <gtest/gtest.h>

namespace barman::http {
namespace {

using std::chrono::milliseconds;

TEST(RateLimits, SpreadWhatIsSentOverTime) {
  RateLimit limit(1000);
  const RateLimit::Clock::time_point begin{std::chrono::hours(1)};
  EXPECT_EQ(limit.reserve(100, begin), milliseconds(0));
  EXPECT_EQ(limit.reserve(100, begin), milliseconds(100));
  EXPECT_EQ(limit.reserve(300, begin + milliseconds(50)), milliseconds(150));
  EXPECT_EQ(limit.reserve(1, begin + milliseconds(400)), milliseconds(100));
  EXPECT_EQ(limit.reserve(1, begin + milliseconds(9000)), milliseconds(0)) << "an idle time is not saved up";
}

TEST(RateLimits, KeepPortionsSmall) {
  EXPECT_EQ(RateLimit(10).portion(), 256u);
  EXPECT_EQ(RateLimit(200'000).portion(), 10'000u);
  EXPECT_EQ(RateLimit(1'000'000'000).portion(), 65'536u);
  EXPECT_EQ(RateLimit(0).reserve(1 << 30, {}), milliseconds(0));
}

}  // namespace
}  // namespace barman::http
