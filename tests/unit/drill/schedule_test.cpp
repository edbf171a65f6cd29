#include "barman/drill/schedule.h"

#include <gtest/gtest.h>

namespace barman::drill {
namespace {

Timestamp at(const char* text) { return parse_timestamp(text).value(); }

struct DueCase {
  const char* label;
  Schedule schedule;
  const char *last, *now;  // "": there was none
  bool want;
};
class Due : public testing::TestWithParam<DueCase> {};

TEST_P(Due, IsAsTheScheduleSays) {
  const auto& [label, schedule, last, now, want] = GetParam();
  const std::string_view before = last;
  EXPECT_EQ(is_due(schedule, before.empty() ? std::nullopt : std::optional(at(last)), at(now)), want);
}

constexpr config::DrillWindow night{22 * 60, 6 * 60}, noon{12 * 60, 14 * 60};
INSTANTIATE_TEST_SUITE_P(
    Times, Due,
    testing::Values(DueCase{"first_of_all", {1, {}}, "", "2026-01-05 10:00:00+00", true},
                    DueCase{"same_day", {1, {}}, "2026-01-05 00:01:00+00", "2026-01-05 23:59:00+00", false},
                    DueCase{"next_day", {1, {}}, "2026-01-05 23:59:00+00", "2026-01-06 00:01:00+00", true},
                    DueCase{"by_the_clocks_of_now", {1, {}}, "2026-01-05 22:30:00+00", "2026-01-06 00:10:00+01", true},
                    DueCase{"sixth_of_seven", {7, {}}, "2026-01-05 10:00:00+00", "2026-01-11 10:00:00+00", false},
                    DueCase{"seventh", {7, {}}, "2026-01-05 10:00:00+00", "2026-01-12 00:00:00+00", true},
                    DueCase{"window_not_open", {1, noon}, "", "2026-01-05 11:59:59+00", false},
                    DueCase{"window_opens", {1, noon}, "", "2026-01-05 12:00:00+00", true},
                    DueCase{"window_closes", {1, noon}, "", "2026-01-05 14:00:00+00", false},
                    DueCase{"window_before_midnight", {1, night}, "", "2026-01-05 22:00:00+00", true},
                    DueCase{"window_behind_midnight", {1, night}, "", "2026-01-06 05:59:00+00", true},
                    DueCase{"once_a_night", {1, night}, "2026-01-05 22:00:00+00", "2026-01-06 05:00:00+00", false},
                    DueCase{"next_night", {1, night}, "2026-01-06 05:00:00+00", "2026-01-06 22:00:00+00", true},
                    DueCase{"whole_day", {1, {{60, 60}}}, "", "2026-01-06 00:30:00+00", true},
                    DueCase{"clock_set_back", {1, {}}, "2026-01-09 10:00:00+00", "2026-01-06 10:00:00+00", true}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::drill
