#include "barman/config/drill.h"

#include <gtest/gtest.h>

namespace barman::config {
namespace {

TEST(DrillInterval, IsInDays) {
  EXPECT_EQ(parse_drill_interval("daily"), 1);
  EXPECT_EQ(parse_drill_interval("Weekly"), 7);
  EXPECT_EQ(parse_drill_interval("every 3 days"), 3);
  EXPECT_EQ(parse_drill_interval("every 1 day"), 1);
  for (const char* wrong :
       {"", "off", "monthly", "every 0 days", "every days", "every 3 hours", "3 days", "every -1 days"})
    EXPECT_EQ(parse_drill_interval(wrong), std::nullopt) << wrong;
}

TEST(DrillWindow, IsTwoTimesOfTheDay) {
  EXPECT_EQ(parse_drill_window("22-6"), (DrillWindow{22 * 60, 6 * 60}));
  EXPECT_EQ(parse_drill_window("22:30 - 06:05"), (DrillWindow{22 * 60 + 30, 6 * 60 + 5}));
  EXPECT_EQ(parse_drill_window("0-24"), (DrillWindow{0, 0}));
  for (const char* wrong : {"", "22", "25-1", "1-24:01", "1:60-2", "a-b", "-", "1-2-3"})
    EXPECT_EQ(parse_drill_window(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace barman::config
