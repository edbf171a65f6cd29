#include "barman/core/time.h"

#include <gtest/gtest.h>

#include "unit/zone.h"

namespace barman {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

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

TEST(Print, TheFractionInAnyCase) {
  constexpr Timestamp whole = {sample.micros - 300119, -16200};
  EXPECT_EQ(to_python_exact(sample), to_python(sample));
  EXPECT_EQ(to_iso_exact(sample), to_iso(sample));
  EXPECT_EQ(to_python_exact(whole), "2026-11-21 02:56:35.000000-04:30");
  EXPECT_EQ(to_iso_exact(whole), "2026-11-21T02:56:35.000000-04:30");
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
                    HumanCase{"not_there", "2026-03-29 02:30:00", "2026-03-29 02:30:00+02:00"},
                    HumanCase{"blanks_around", "  2026-01-15 12:00 ", "2026-01-15 12:00:00+01:00"},
                    HumanCase{"unknown_zone", "2026-01-15 12:00:00 PST", nullptr},
                    HumanCase{"separators_mixed", "2026-01/15", nullptr},
                    HumanCase{"iso_hour", "2026-12-28T12", "2026-12-28 12:00:00+01:00"},
                    HumanCase{"hour", "2026-12-28 12", "2026-12-28 12:00:00+01:00"},
                    HumanCase{"iso_hour_with_offset", "2026-12-28T12+02", "2026-12-28 12:00:00+02:00", true},
                    HumanCase{"iso_hour_with_negative_offset", "2026-12-28T12-0330", "2026-12-28 12:00:00-03:30", true},
                    HumanCase{"iso_hour_zulu", "2026-12-28T12Z", "2026-12-28 12:00:00+00:00", true},
                    HumanCase{"iso_basic", "20261228T120000Z", "2026-12-28 12:00:00+00:00", true},
                    HumanCase{"iso_basic_minutes", "20261228T1200+0200", "2026-12-28 12:00:00+02:00", true},
                    HumanCase{"iso_basic_hour", "20261228T12", "2026-12-28 12:00:00+01:00"},
                    HumanCase{"iso_fraction", "2026-12-28T120000.5+02", "2026-12-28 12:00:00.500000+02:00", true},
                    HumanCase{"minute_60", "2026-01-15 12:60", nullptr}, HumanCase{"half", "2026-01-15 1", nullptr},
                    HumanCase{"fraction_of_an_hour", "2026-01-15T12.5", nullptr},
                    HumanCase{"week", "2026-W53-1", nullptr},
                    HumanCase{"offset_of_a_name", "2026-01-15 12 UTC+2", nullptr},
                    HumanCase{"offset_of_a_day", "2026-01-15 12:00:00+24:00", nullptr},
                    HumanCase{"words", "tomorrow", nullptr}, HumanCase{"empty", "", nullptr}),
    [](const auto& row) { return std::string(row.param.label); });

// What a clock reading means where the zone repeats it, skips it, or calls it by the name of another offset.
struct ZoneCase {
  const char* label;
  const char* zone;
  std::string_view text;
  const char* want;               // nullptr: refused
  const char* or_else = nullptr;  // the second instant of a repeated reading
  bool skipped = false;
};
class RepeatedHour : public testing::TestWithParam<ZoneCase> {};
TEST_P(RepeatedHour, MeansTheFirstInstantOrTheOneThatIsNamed) {
  const Zone zone(GetParam().zone);
  const auto read = read_human_time(GetParam().text);
  ASSERT_EQ(read.has_value(), GetParam().want != nullptr);
  if (!read) return;
  EXPECT_EQ(to_python(read->time), GetParam().want);
  EXPECT_EQ(read->or_else ? to_python(*read->or_else) : "", GetParam().or_else ? GetParam().or_else : "");
  EXPECT_EQ(read->skipped, GetParam().skipped);
}
INSTANTIATE_TEST_SUITE_P(
    Zones, RepeatedHour,
    testing::Values(
        ZoneCase{"berlin", "Europe/Berlin", "2027-10-31 02:30:00", "2027-10-31 02:30:00+02:00",
                 "2027-10-31 02:30:00+01:00"},
        ZoneCase{"berlin_last_moment", "Europe/Berlin", "2027-10-31 02:59:59.999999",
                 "2027-10-31 02:59:59.999999+02:00", "2027-10-31 02:59:59.999999+01:00"},
        ZoneCase{"berlin_before", "Europe/Berlin", "2027-10-31 01:59:59", "2027-10-31 01:59:59+02:00"},
        ZoneCase{"berlin_after", "Europe/Berlin", "2027-10-31 03:00:00", "2027-10-31 03:00:00+01:00"},
        ZoneCase{"berlin_summer_name", "Europe/Berlin", "2027-10-31 02:30:00 CEST", "2027-10-31 02:30:00+02:00"},
        ZoneCase{"berlin_winter_name", "Europe/Berlin", "2027-10-31 02:30:00 CET", "2027-10-31 02:30:00+01:00"},
        ZoneCase{"berlin_offset", "Europe/Berlin", "2027-10-31 02:30:00+01", "2027-10-31 02:30:00+01:00"},
        ZoneCase{"berlin_utc", "Europe/Berlin", "2027-10-31 02:30:00 UTC", "2027-10-31 02:30:00+00:00"},
        ZoneCase{"berlin_winter_name_in_summer", "Europe/Berlin", "2027-07-01 02:30:00 CET",
                 "2027-07-01 02:30:00+01:00"},
        ZoneCase{"berlin_summer_name_in_winter", "Europe/Berlin", "2027-01-01 02:30:00 CEST",
                 "2027-01-01 02:30:00+02:00"},
        ZoneCase{"berlin_skipped", "Europe/Berlin", "2027-03-28 02:30:00", "2027-03-28 02:30:00+02:00", nullptr, true},
        ZoneCase{"berlin_skipped_by_name", "Europe/Berlin", "2027-03-28 02:30:00 CET", "2027-03-28 02:30:00+01:00"},
        ZoneCase{"berlin_war", "Europe/Berlin", "1945-07-01 12:00:00 CEMT", "1945-07-01 12:00:00+03:00"},
        ZoneCase{"berlin_foreign_name", "Europe/Berlin", "2027-07-01 02:30:00 EDT", nullptr},
        ZoneCase{"rules_given_in_tz", "CET-1CEST,M3.5.0,M10.5.0/3", "2027-10-31 02:30:00", "2027-10-31 02:30:00+02:00",
                 "2027-10-31 02:30:00+01:00"},
        ZoneCase{"london", "Europe/London", "2027-10-31 01:30:00", "2027-10-31 01:30:00+01:00",
                 "2027-10-31 01:30:00+00:00"},
        ZoneCase{"london_by_name", "Europe/London", "2027-10-31 01:30:00 GMT", "2027-10-31 01:30:00+00:00"},
        ZoneCase{"dublin_calls_winter_saving", "Europe/Dublin", "2027-10-31 01:30:00", "2027-10-31 01:30:00+01:00",
                 "2027-10-31 01:30:00+00:00"},
        ZoneCase{"dublin_summer_name", "Europe/Dublin", "2027-10-31 01:30:00 IST", "2027-10-31 01:30:00+01:00"},
        ZoneCase{"dublin_summer_name_in_winter", "Europe/Dublin", "2027-01-31 01:30:00 IST",
                 "2027-01-31 01:30:00+01:00"},
        ZoneCase{"dublin_skipped", "Europe/Dublin", "2027-03-28 01:30:00", "2027-03-28 01:30:00+01:00", nullptr, true},
        ZoneCase{"new_york", "America/New_York", "2027-11-07 01:30:00", "2027-11-07 01:30:00-04:00",
                 "2027-11-07 01:30:00-05:00"},
        ZoneCase{"new_york_by_name", "America/New_York", "2027-11-07 01:30:00 EST", "2027-11-07 01:30:00-05:00"},
        ZoneCase{"new_york_winter_name_in_summer", "America/New_York", "2027-07-07 01:30:00 EST",
                 "2027-07-07 01:30:00-05:00"},
        ZoneCase{"new_york_skipped", "America/New_York", "2027-03-14 02:30:00", "2027-03-14 02:30:00-04:00", nullptr,
                 true},
        ZoneCase{"sydney_in_its_autumn", "Australia/Sydney", "2027-04-04 02:30:00", "2027-04-04 02:30:00+11:00",
                 "2027-04-04 02:30:00+10:00"},
        ZoneCase{"sydney_by_name", "Australia/Sydney", "2027-04-04 02:30:00 AEST", "2027-04-04 02:30:00+10:00"},
        ZoneCase{"sydney_skipped", "Australia/Sydney", "2027-10-03 02:30:00", "2027-10-03 02:30:00+11:00", nullptr,
                 true},
        ZoneCase{"lord_howe_repeats_half_an_hour", "Australia/Lord_Howe", "2027-04-04 01:45:00",
                 "2027-04-04 01:45:00+11:00", "2027-04-04 01:45:00+10:30"},
        ZoneCase{"lord_howe_half_an_hour_before", "Australia/Lord_Howe", "2027-04-04 01:15:00",
                 "2027-04-04 01:15:00+11:00"},
        ZoneCase{"lord_howe_names_are_offsets", "Australia/Lord_Howe", "2027-04-04 01:45:00 +1030",
                 "2027-04-04 01:45:00+10:30"},
        ZoneCase{"lord_howe_skipped", "Australia/Lord_Howe", "2027-10-03 02:10:00", "2027-10-03 02:10:00+11:00",
                 nullptr, true},
        ZoneCase{"moscow_changed_its_offset", "Europe/Moscow", "2014-10-26 01:30:00", "2014-10-26 01:30:00+04:00",
                 "2014-10-26 01:30:00+03:00"},
        ZoneCase{"moscow_by_a_name_of_both", "Europe/Moscow", "2014-10-26 01:30:00 MSK", "2014-10-26 01:30:00+04:00",
                 "2014-10-26 01:30:00+03:00"},
        ZoneCase{"moscow_name_then", "Europe/Moscow", "2012-06-01 12:00:00 MSK", "2012-06-01 12:00:00+04:00"},
        ZoneCase{"moscow_name_now", "Europe/Moscow", "2026-06-01 12:00:00 MSK", "2026-06-01 12:00:00+03:00"},
        ZoneCase{"istanbul_gave_up_its_names", "Europe/Istanbul", "2026-06-01 12:00:00 EEST",
                 "2026-06-01 12:00:00+03:00"},
        ZoneCase{"samoa_skipped_a_day", "Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30 12:00:00+14:00", nullptr,
                 true},
        ZoneCase{"kwajalein_repeated_none", "Pacific/Kwajalein", "1993-08-22 12:00:00", "1993-08-22 12:00:00+12:00"},
        ZoneCase{"tokyo", "Asia/Tokyo", "2027-10-31 02:30:00 JST", "2027-10-31 02:30:00+09:00"},
        ZoneCase{"utc", "UTC", "2027-10-31 02:30:00", "2027-10-31 02:30:00+00:00"}),
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
