#include "barman/catalog/retention_calendar.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "unit/zone.h"

namespace barman::catalog {
namespace {

struct Backup {
  const char* id;
  const char* begin;  // with its offset; empty: not known
  BackupStatus status = BackupStatus::done;
  const char* parent = "";
};

struct Case {
  const char* label;
  const char* calendar;
  const char* now;
  std::vector<Backup> backups;
  const char* want;  // "id=periods; ..." in id order
  const char* zone = "UTC";
};

std::map<std::string, BackupInfo> catalogue_of(const std::vector<Backup>& backups) {
  std::map<std::string, BackupInfo> catalogue;
  int segment = 1;
  for (const Backup& backup : backups) {
    BackupInfo info;
    info.backup_id = backup.id;
    info.mode = "postgres";
    info.set_status(backup.status);
    if (*backup.begin) info.begin_time = info.end_time = parse_timestamp(backup.begin);
    if (*backup.parent) info.parent_backup_id = backup.parent;
    info.timeline = 1;
    info.begin_xlog = info.end_xlog = fmt::format("0/{:X}000000", segment++);
    catalogue[backup.id] = info;
  }
  return catalogue;
}

class Calendar : public testing::TestWithParam<Case> {};

TEST_P(Calendar, HoldsTheFirstOfEachPeriod) {
  const Zone zone(GetParam().zone);
  const auto calendar = config::parse_retention_calendar(GetParam().calendar);
  ASSERT_TRUE(calendar);
  std::string got;
  for (const auto& [id, periods] :
       calendar_holds(catalogue_of(GetParam().backups), *calendar, *parse_timestamp(GetParam().now)))
    got += fmt::format("{}{}={}", got.empty() ? "" : "; ", id, periods);
  EXPECT_EQ(got, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Calendar,
    testing::Values(
        Case{"nothing", "7 days", "2026-11-29 12:00:00+00", {}, ""},
        Case{"the_first_of_a_day",
             "2 days",
             "2026-11-29 12:00:00+00",
             {{"a", "2026-11-27 01:00:00+00"},
              {"b", "2026-11-28 01:00:00+00"},
              {"c", "2026-11-28 13:00:00+00"},
              {"d", "2026-11-29 01:00:00+00"}},
             "b=day 2026-11-28; d=day 2026-11-29"},
        Case{"a_day_without_backups_is_none",
             "2 days",
             "2026-11-29 12:00:00+00",
             {{"a", "2026-11-01 01:00:00+00"}, {"b", "2026-11-10 01:00:00+00"}, {"c", "2026-11-20 01:00:00+00"}},
             "b=day 2026-11-10; c=day 2026-11-20"},
        Case{"all_kinds",
             "1 day, 1 week, 2 months, 1 year",
             "2026-11-29 12:00:00+00",
             {{"a", "2026-01-05 01:00:00+00"},
              {"b", "2026-10-31 01:00:00+00"},
              {"c", "2026-11-02 01:00:00+00"},
              {"d", "2026-11-24 01:00:00+00"},
              {"e", "2026-11-29 01:00:00+00"}},
             "a=year 2026; b=month 2026-10; c=month 2026-11; d=week 2026-W48; e=day 2026-11-29"},
        Case{"the_first_of_a_month_is_of_an_older_week",
             "1 week, 1 month",
             "2026-10-03 12:00:00+00",
             {{"a", "2026-09-28 01:00:00+00"}, {"b", "2026-10-01 01:00:00+00"}},
             "a=week 2026-W40; b=month 2026-10"},
        Case{"iso_weeks_at_the_turn_of_a_year",
             "4 weeks",
             "2027-01-12 12:00:00+00",
             {{"a", "2026-12-27 23:59:59+00"},  // Sunday
              {"b", "2026-12-28 00:00:00+00"},  // Monday of week 53
              {"c", "2027-01-03 23:00:00+00"},  // its Sunday
              {"d", "2027-01-04 00:00:00+00"},  // Monday of week 1
              {"e", "2027-01-11 00:00:00+00"}},
             "a=week 2026-W52; b=week 2026-W53; d=week 2027-W01; e=week 2027-W02"},
        Case{"a_week_that_belongs_to_the_next_year",
             "1 week, 1 year",
             "2025-01-01 12:00:00+00",
             {{"a", "2024-12-30 01:00:00+00"}, {"b", "2025-01-01 01:00:00+00"}},
             "a=week 2025-W01; b=year 2025"},
        Case{"the_leap_day",
             "3 days, 2 months",
             "2028-03-01 12:00:00+00",
             {{"a", "2028-02-28 01:00:00+00"}, {"b", "2028-02-29 01:00:00+00"}, {"c", "2028-03-01 01:00:00+00"}},
             "a=day 2028-02-28, month 2028-02; b=day 2028-02-29; c=day 2028-03-01, month 2028-03"},
        Case{"no_leap_day_in_2100",
             "2 days",
             "2100-03-01 12:00:00+00",
             {{"a", "2100-02-28 23:00:00+00"}, {"b", "2100-03-01 01:00:00+00"}},
             "a=day 2100-02-28; b=day 2100-03-01"},
        Case{"days_are_those_of_this_host",
             "3 days",
             "2026-11-29 12:00:00+00",
             {{"a", "2026-11-27 22:30:00+00"}, {"b", "2026-11-27 23:30:00+00"}, {"c", "2026-11-28 22:59:59+00"}},
             "a=day 2026-11-27; b=day 2026-11-28",
             "Europe/Berlin"},
        Case{"the_offset_that_was_written_does_not_count",
             "3 days",
             "2026-11-29 12:00:00+00",
             {{"a", "2026-11-27 22:00:00-05"}, {"b", "2026-11-28 04:00:00+00"}},
             "a=day 2026-11-28"},
        Case{"a_day_of_23_hours",
             "3 days",
             "2026-03-31 12:00:00+00",
             {{"a", "2026-03-28 22:59:59+00"},   // 23:59:59
              {"b", "2026-03-28 23:00:00+00"},   // 00:00, before the clocks go forward
              {"c", "2026-03-29 21:59:59+00"},   // 23:59:59, after
              {"d", "2026-03-29 22:00:00+00"}},  // 00:00 of the next
             "a=day 2026-03-28; b=day 2026-03-29; d=day 2026-03-30",
             "Europe/Berlin"},
        Case{"a_day_of_25_hours",
             "3 days",
             "2026-10-31 12:00:00+00",
             {{"a", "2026-10-24 22:00:00+00"},   // 00:00
              {"b", "2026-10-25 00:30:00+00"},   // 02:30
              {"c", "2026-10-25 01:30:00+00"},   // 02:30 once more
              {"d", "2026-10-25 22:59:59+00"},   // 23:59:59
              {"e", "2026-10-25 23:00:00+00"}},  // 00:00 of the next
             "a=day 2026-10-25; e=day 2026-10-26",
             "Europe/Berlin"},
        Case{"equal_times_go_by_the_wal",
             "1 day",
             "2026-11-29 12:00:00+00",
             {{"z", "2026-11-29 01:00:00+00"}, {"a", "2026-11-29 01:00:00+00"}},
             "z=day 2026-11-29"},
        Case{"only_done_full_backups_count",
             "1 day",
             "2026-11-29 12:00:00+00",
             {{"a", "2026-11-29 01:00:00+00", BackupStatus::failed},
              {"b", "2026-11-29 02:00:00+00", BackupStatus::waiting_for_wals},
              {"c", "2026-11-29 03:00:00+00", BackupStatus::started},
              {"d", "2026-11-29 04:00:00+00", BackupStatus::done, "z"},
              {"e", "2026-11-29 05:00:00+00"},
              {"f", "2026-11-29 06:00:00+00"}},
             "e=day 2026-11-29"},
        Case{"what_is_yet_to_come_takes_no_place",
             "1 day",
             "2026-11-29 12:00:00+00",
             {{"a", "2026-11-29 01:00:00+00"}, {"b", "2036-11-29 01:00:00+00"}, {"c", ""}},
             "a=day 2026-11-29"}),
    [](const auto& row) { return std::string(row.param.label); });

struct KeepingCase {
  const char* label;
  int redundancy;
  const char* calendar;  // empty: it holds nothing
  std::vector<Backup> backups;
  std::map<std::string, KeepTarget> keeps;
  std::set<std::string> ours;
  std::vector<std::string> keep, release;
};

class CalendarKeeping : public testing::TestWithParam<KeepingCase> {};

TEST_P(CalendarKeeping, ChangesNothingButItsOwnKeeps) {
  const Timestamp now = *parse_timestamp("2026-11-29 12:00:00+00");
  const Zone zone("UTC");
  const auto backups = catalogue_of(GetParam().backups);
  const auto& keeps = GetParam().keeps;
  const auto keep = [&keeps](const std::string& id) {
    const auto found = keeps.find(id);
    return found == keeps.end() ? std::nullopt : std::optional(found->second);
  };
  const auto verdicts = retention_verdicts(
      backups, {config::RetentionPolicy::Kind::redundancy, config::RetentionPolicy::Unit::days, GetParam().redundancy},
      0, keep, now);
  const auto calendar = config::parse_retention_calendar(GetParam().calendar);
  const auto keeping = calendar_keeping(
      calendar ? calendar_holds(backups, *calendar, now) : CalendarHolds{}, verdicts,
      [&](const std::string& id) { return keep(id).has_value(); },
      [](const std::string& id) { return GetParam().ours.contains(id); });
  EXPECT_EQ(keeping.keep, GetParam().keep);
  EXPECT_EQ(keeping.release, GetParam().release);
}

constexpr KeepTarget standalone = KeepTarget::standalone, full = KeepTarget::full;
const std::vector<Backup> three = {
    {"a", "2026-11-27 01:00:00+00"}, {"b", "2026-11-28 01:00:00+00"}, {"c", "2026-11-29 01:00:00+00"}};

INSTANTIATE_TEST_SUITE_P(
    Cases, CalendarKeeping,
    testing::Values(
        KeepingCase{"what_it_alone_holds", 1, "3 days", three, {}, {}, {"a", "b"}, {}},
        KeepingCase{"what_the_policy_holds_too_is_left_alone", 2, "3 days", three, {}, {}, {"a"}, {}},
        KeepingCase{"what_is_kept_is_not_kept_again", 1, "3 days", three, {{"a", full}}, {}, {"b"}, {}},
        KeepingCase{"released_when_it_holds_it_no_more", 1, "2 days", three, {{"a", standalone}}, {"a"}, {"b"}, {"a"}},
        KeepingCase{"what_a_person_keeps_is_never_released", 1, "2 days", three, {{"a", standalone}}, {}, {"b"}, {}},
        KeepingCase{"released_when_the_policy_holds_it", 3, "3 days", three, {{"a", standalone}}, {"a"}, {}, {"a"}},
        KeepingCase{"released_without_a_calendar", 1, "", three, {{"a", standalone}}, {"a"}, {}, {"a"}},
        KeepingCase{"increments_are_not_kept_and_their_root_is",
                    1,
                    "3 days",
                    {{"a", "2026-11-27 01:00:00+00"},
                     {"b", "2026-11-28 01:00:00+00", BackupStatus::done, "a"},
                     {"c", "2026-11-29 01:00:00+00"}},
                    {},
                    {},
                    {"a"},
                    {}}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::catalog
