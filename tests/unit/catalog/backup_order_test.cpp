#include "barman/catalog/backup_order.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace barman::catalog {
namespace {

// One backup: id, hour at which it began by the clock, where it began and ended on which timeline of which cluster.
struct Backup {
  const char* id;
  int hour;
  int begin = 0;
  int end = 0;
  int timeline = 1;
  const char* systemid = "1";
};

struct Case {
  const char* label;
  std::vector<Backup> backups;
  const char* want;
  TimelineHistories histories;
};

class Order : public testing::TestWithParam<Case> {};

TEST_P(Order, IsThatInWhichTheyWereTaken) {
  std::map<std::string, BackupInfo> backups;
  for (const Backup& backup : GetParam().backups) {
    BackupInfo info;
    info.backup_id = backup.id;
    info.set_status(BackupStatus::done);
    info.systemid = backup.systemid;
    if (backup.hour != 0) info.begin_time = Timestamp{backup.hour * 3600LL * 1'000'000, 0};
    if (backup.begin != 0) {
      info.timeline = backup.timeline;
      info.begin_xlog = fmt::format("0/{:X}000000", backup.begin);
      info.end_xlog = fmt::format("0/{:X}000000", backup.end);
    }
    backups[backup.id] = info;
  }
  std::string got;
  for (const BackupInfo* backup : in_order(backups, GetParam().histories)) got += backup->backup_id;
  EXPECT_EQ(got, GetParam().want);
}

TimelineHistories left_at(std::uint32_t parent, int segment) {
  return {{2, {{parent, Lsn{static_cast<std::uint64_t>(segment) << 24}, "no recovery target specified"}}}};
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Order,
    testing::Values(
        Case{"nothing", {}, "", {}},
        Case{"an_ordinary_life", {{"a", 1, 10, 11}, {"b", 2, 20, 21}, {"c", 3, 30, 31}}, "abc", {}},
        Case{"a_zone_further_west", {{"b", 1, 10, 11}, {"a", 2, 20, 21}}, "ba", {}},
        Case{"a_clock_set_back", {{"c", 8, 10, 11}, {"d", 9, 20, 21}, {"a", 2, 30, 31}, {"b", 3, 40, 41}}, "cdab", {}},
        Case{"a_clock_set_back_twice",
             {{"c", 9, 10, 11}, {"b", 5, 20, 21}, {"a", 1, 30, 31}, {"d", 10, 40, 41}},
             "cbad",
             {}},
        Case{"begun_and_failed_before_it_knew_its_place", {{"a", 1, 10, 11}, {"c", 2}, {"b", 3, 20, 21}}, "acb", {}},
        Case{"no_place_known", {{"c", 1}, {"a", 3}, {"b", 2}}, "cba", {}},
        Case{"no_time_known", {{"b", 0}, {"a", 0}}, "ab", {}},
        Case{"a_standby_that_lags_overlaps", {{"a", 1, 20, 21}, {"b", 2, 15, 22}}, "ab", {}},
        Case{"after_a_failover", {{"a", 1, 10, 11}, {"b", 2, 20, 21, 2}}, "ab", left_at(1, 15)},
        Case{"after_a_failover_and_a_clock_set_back", {{"b", 2, 10, 11}, {"a", 1, 20, 21, 2}}, "ba", left_at(1, 15)},
        Case{"after_a_recovery_to_an_earlier_time",
             {{"a", 1, 10, 11}, {"b", 2, 90, 91}, {"c", 3, 20, 21, 2}},
             "abc",
             left_at(1, 15)},
        Case{"back_on_the_old_timeline",
             {{"a", 1, 10, 11}, {"b", 2, 20, 21, 2}, {"c", 3, 18, 19}},
             "abc",
             left_at(1, 15)},
        Case{"a_history_that_is_not_archived", {{"b", 2, 10, 11}, {"a", 1, 20, 21, 2}}, "ab", {}},
        Case{"another_cluster", {{"a", 1, 90, 91}, {"b", 2, 10, 11, 1, "2"}}, "ab", {}}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(OrderOfLittleKnown, GoesByTheIdWhereNothingElseIsKnown) {
  std::map<std::string, BackupInfo> backups;
  for (const char* id : {"20260101T000000", "20260103T000000", "20260102T000000", "x"}) backups[id].backup_id = id;
  backups["20260102T000000"].begin_time = parse_timestamp("2026-01-04 00:00:00+00:00");
  std::vector<std::string> got;
  for (const BackupInfo* backup : in_order(backups)) got.push_back(backup->backup_id);
  EXPECT_EQ(got, (std::vector<std::string>{"x", "20260101T000000", "20260103T000000", "20260102T000000"}));
}

TEST(OrderOfLittleKnown, PutsOneThatHasNotBegunBehindWhatBeganInTheSecondOfItsId) {
  std::map<std::string, BackupInfo> backups;
  for (const char* id : {"20260101T000000", "20260101T000001"}) backups[id].backup_id = id;
  bool had_zone = false;
  backups["20260101T000000"].begin_time = parse_human_timestamp("2026-01-01 00:00:01", had_zone);
  backups["20260101T000000"].begin_time->micros += 80'000;
  EXPECT_EQ(in_order(backups).front()->backup_id, "20260101T000000");
}

TEST(OrderOfLittleKnown, FindsThePlaceBySegmentsWhereNoLsnIsKnown) {
  std::map<std::string, BackupInfo> backups;
  for (const char* id : {"20260101T000000", "20260102T000000"}) backups[id].backup_id = id;
  backups["20260101T000000"].begin_wal = backups["20260101T000000"].end_wal = "000000010000000000000009";
  backups["20260102T000000"].begin_wal = backups["20260102T000000"].end_wal = "000000010000000000000003";
  EXPECT_EQ(in_order(backups).front()->backup_id, "20260102T000000");
}

}  // namespace
}  // namespace barman::catalog
