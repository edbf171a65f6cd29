#include "barman/core/time.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace barman {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Zone {  // of this process, as long as the object lives
 public:
  explicit Zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

constexpr std::int64_t second = 1'000'000;
constexpr Timestamp sample = {1795245995LL * second + 300119, 0};  // 2026-11-21 07:26:35.300119 UTC

TEST(Print, EveryForm) {
  EXPECT_EQ(to_python(sample), "2026-11-21 07:26:35.300119+00:00");
  EXPECT_EQ(to_python_naive(sample), "2026-11-21 07:26:35.300119");
  EXPECT_EQ(to_iso(sample), "2026-11-21T07:26:35.300119+00:00");
  EXPECT_EQ(to_ctime(sample), "Sat Nov 21 07:26:35 2026");
  EXPECT_EQ(to_backup_id(sample), "20261121T072635");
  EXPECT_EQ(to_utc_stamp(sample), "20261121T072635Z");
  EXPECT_EQ(to_log_stamp(sample), "2026-11-21 07:26:35,300");
}

TEST(Print, KeepsTheOffset) {
  const Timestamp india = {sample.micros, 19800};
  EXPECT_EQ(to_python(india), "2026-11-21 12:56:35.300119+05:30");
  EXPECT_EQ(to_ctime(india), "Sat Nov 21 12:56:35 2026");
  EXPECT_EQ(to_backup_id(india), "20261121T125635");
  EXPECT_EQ(to_utc_stamp(india), "20261121T072635Z");
  EXPECT_EQ(to_python(Timestamp{sample.micros, -3 * 3600 - 1800}), "2026-11-21 03:56:35.300119-03:30");
  EXPECT_EQ(to_python(Timestamp{0, 2992}), "1970-01-01 00:49:52+00:49:52");
}

TEST(Print, LeavesOutAnEmptyFraction) {
  EXPECT_EQ(to_python(Timestamp{second, 0}), "1970-01-01 00:00:01+00:00");
  EXPECT_EQ(to_log_stamp(Timestamp{second, 0}), "1970-01-01 00:00:01,000");
  EXPECT_EQ(to_python(Timestamp{50, 0}), "1970-01-01 00:00:00.000050+00:00");
}

TEST(Print, BeforeTheEpochAndPaddedDay) {
  EXPECT_EQ(to_python(Timestamp{-1, 0}), "1969-12-31 23:59:59.999999+00:00");
  EXPECT_EQ(Timestamp({-1, 0}).seconds(), -1);
  EXPECT_EQ(Timestamp({-second, 0}).seconds(), -1);
  EXPECT_EQ(to_ctime(Timestamp{second, 0}), "Thu Jan  1 00:00:01 1970");
}

struct ParseCase {
  const char* label;
  std::string_view text;
  std::optional<std::int64_t> micros;
  std::int32_t offset = 0;
};
constexpr std::int64_t base = 1795245995LL * second;

class ParseTimestamp : public testing::TestWithParam<ParseCase> {};
TEST_P(ParseTimestamp, GivesInstantAndOffset) {
  const auto parsed = parse_timestamp(GetParam().text);
  ASSERT_EQ(parsed.has_value(), GetParam().micros.has_value()) << GetParam().text;
  if (!parsed) return;
  EXPECT_EQ(parsed->micros, *GetParam().micros);
  EXPECT_EQ(parsed->offset, GetParam().offset);
}
INSTANTIATE_TEST_SUITE_P(
    Forms, ParseTimestamp,
    testing::Values(ParseCase{"python", "2026-11-21 07:26:35.300119+00:00", sample.micros},
                    ParseCase{"iso", "2026-11-21T07:26:35.300119+00:00", sample.micros},
                    ParseCase{"no_fraction", "2026-11-21 07:26:35+00:00", base},
                    ParseCase{"short_fraction", "2026-11-21 07:26:35.3+00:00", base + 300000},
                    ParseCase{"long_fraction", "2026-11-21 07:26:35.300119999+00", sample.micros},
                    ParseCase{"postgres", "2026-11-21 07:26:35.300119+00", sample.micros},
                    ParseCase{"no_colon", "2026-11-21 12:56:35+0530", base, 19800},
                    ParseCase{"negative", "2026-11-21 03:56:35-03:30", base, -12600},
                    ParseCase{"seconds_in_offset", "1970-01-01 00:49:52+00:49:52", 0, 2992},
                    ParseCase{"name", "2026-11-21 07:26:35 UTC", base}, ParseCase{"zulu", "2026-11-21T07:26:35Z", base},
                    ParseCase{"blank_before_offset", "2026-11-21 07:26:35 +01:00", base - 3600 * second, 3600},
                    ParseCase{"leap_day", "2024-02-29 00:00:00+00:00", 1709164800 * second},
                    ParseCase{"no_offset", "2026-11-21 07:26:35", std::nullopt},
                    ParseCase{"other_zone", "2026-11-21 07:26:35 XYZ", std::nullopt},
                    ParseCase{"no_leap_day", "2026-02-29 00:00:00+00", std::nullopt},
                    ParseCase{"month_13", "2026-13-01 00:00:00+00", std::nullopt},
                    ParseCase{"hour_24", "2026-11-21 24:00:00+00", std::nullopt},
                    ParseCase{"trailing", "2026-11-21 07:26:35+00:00x", std::nullopt},
                    ParseCase{"words", "yesterday", std::nullopt}, ParseCase{"empty", "", std::nullopt}),
    [](const auto& row) { return std::string(row.param.label); });

struct HumanCase {
  const char* label;
  std::string_view text;
  const char* want;  // in the stored offset; nullptr: refused
  bool had_zone = false;
};
class ParseHuman : public testing::TestWithParam<HumanCase> {};
TEST_P(ParseHuman, AssumesTheLocalZone) {
  const Zone zone("Europe/Rome");
  bool had_zone = true;
  const auto parsed = parse_human_timestamp(GetParam().text, had_zone);
  ASSERT_EQ(parsed.has_value(), GetParam().want != nullptr) << GetParam().text;
  if (!parsed) return;
  EXPECT_EQ(to_python(*parsed), GetParam().want);
  EXPECT_EQ(had_zone, GetParam().had_zone);
}
INSTANTIATE_TEST_SUITE_P(
    Forms, ParseHuman,
    testing::Values(HumanCase{"winter", "2026-01-15 12:00:00", "2026-01-15 12:00:00+01:00"},
                    HumanCase{"summer", "2026-07-15T12:00:00.5", "2026-07-15 12:00:00.500000+02:00"},
                    HumanCase{"no_seconds", "2026-01-15 12:00", "2026-01-15 12:00:00+01:00"},
                    HumanCase{"no_seconds_with_zone", "2026-01-15 12:00+00", "2026-01-15 12:00:00+00:00", true},
                    HumanCase{"date", "2026-01-15", "2026-01-15 00:00:00+01:00"},
                    HumanCase{"slashes", "2026/01/15 12:00", "2026-01-15 12:00:00+01:00"},
                    HumanCase{"compact", "20260115T120001", "2026-01-15 12:00:01+01:00"},
                    HumanCase{"ctime", "Thu Jan 15 12:00:00 2026", "2026-01-15 12:00:00+01:00"},
                    HumanCase{"ctime_padded", "Thu Jan  1 12:00:00 2026", "2026-01-01 12:00:00+01:00"},
                    HumanCase{"ctime_with_zone", "Thu Jan 15 12:00:00 2026 UTC", "2026-01-15 12:00:00+00:00", true},
                    HumanCase{"comma", "2026-01-15 12:00:00,25", "2026-01-15 12:00:00.250000+01:00"},
                    HumanCase{"local_name", "2026-01-15 12:00:00 CET", "2026-01-15 12:00:00+01:00", true},
                    HumanCase{"gmt", "2026-01-15 12:00:00 GMT", "2026-01-15 12:00:00+00:00", true},
                    HumanCase{"not_there", "2026-03-29 02:30:00", "2026-03-29 01:30:00+01:00"},
                    HumanCase{"blanks_around", "  2026-01-15 12:00 ", "2026-01-15 12:00:00+01:00"},
                    HumanCase{"unknown_zone", "2026-01-15 12:00:00 PST", nullptr},
                    HumanCase{"separators_mixed", "2026-01/15", nullptr},
                    HumanCase{"minute_60", "2026-01-15 12:60", nullptr}, HumanCase{"half", "2026-01-15 12", nullptr},
                    HumanCase{"offset_of_a_day", "2026-01-15 12:00:00+24:00", nullptr},
                    HumanCase{"words", "tomorrow", nullptr}, HumanCase{"empty", "", nullptr}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(LocalZone, OffsetIsTheOneOfTheInstant) {
  const Zone zone("Europe/Rome");
  EXPECT_EQ(local_timestamp(1768474800 * second).offset, 3600);  // 2026-01-15
  EXPECT_EQ(local_timestamp(1784109600 * second).offset, 7200);  // 2026-07-15
  EXPECT_EQ(in_local_zone(Timestamp{1784109600 * second, -3600}).offset, 7200);
  EXPECT_EQ(in_local_zone(Timestamp{1784109600 * second, -3600}), (Timestamp{1784109600 * second, 0}));
}

TEST(Now, IsNow) { EXPECT_LE(std::abs(now().seconds() - std::time(nullptr)), 1); }

struct IntervalCase {
  Micros value;
  const char* human;
  const char* python;
};
class Interval : public testing::TestWithParam<IntervalCase> {};
TEST_P(Interval, IsPrintedInBothForms) {
  EXPECT_EQ(human_interval(GetParam().value), GetParam().human);
  EXPECT_EQ(python_timedelta(GetParam().value), GetParam().python);
}
INSTANTIATE_TEST_SUITE_P(
    Values, Interval,
    testing::Values(IntervalCase{Micros(0), "less than one second", "0:00:00"},
                    IntervalCase{milliseconds(-500), "less than one second ago", "-1 day, 23:59:59.500000"},
                    IntervalCase{seconds(-1), "1 second ago", "-1 day, 23:59:59"},
                    IntervalCase{milliseconds(-1500), "1 second ago", "-1 day, 23:59:58.500000"},
                    IntervalCase{seconds(86400 + 7200 + 3), "1 day, 2 hours, 3 seconds", "1 day, 2:00:03"},
                    IntervalCase{milliseconds(-90061500), "1 day, 1 hour, 1 minute, 1 second ago",
                                 "-2 days, 22:58:58.500000"},
                    IntervalCase{milliseconds(59999), "59 seconds", "0:00:59.999000"},
                    IntervalCase{milliseconds(1500), "1 second", "0:00:01.500000"},
                    IntervalCase{hours(1), "1 hour", "1:00:00"},
                    IntervalCase{hours(7 * 24), "7 days", "7 days, 0:00:00"},
                    IntervalCase{hours(400 * 24), "400 days", "400 days, 0:00:00"},
                    IntervalCase{hours(-24), "1 day ago", "-1 day, 0:00:00"},
                    IntervalCase{seconds(86400) + Micros(1), "1 day", "1 day, 0:00:00.000001"}));

}  // namespace
}  // namespace barman
