#include "barman/core/rate_limit.h"

#include <gtest/gtest.h>

namespace barman {
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

TEST(RateLimits, LetBytesPassInTheirTime) {
  RateLimit limit(100'000);
  const auto begin = RateLimit::Clock::now();
  for (int i = 0; i < 6; ++i) limit.pass(1000);
  EXPECT_GE(RateLimit::Clock::now() - begin, milliseconds(50));
  RateLimit one(20'000);
  const auto alone = RateLimit::Clock::now();
  one.pass(1000);
  EXPECT_LT(RateLimit::Clock::now() - alone, milliseconds(40)) << "what comes first does not wait";
  one.settle();
  EXPECT_GE(RateLimit::Clock::now() - alone, milliseconds(50)) << "but in the end it has had its time";
  RateLimit none(0);
  none.settle();
  none.pass(std::size_t{1} << 40U);
  EXPECT_LT(RateLimit::Clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace barman
