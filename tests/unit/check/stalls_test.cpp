#include "stalls.h"

#include <gtest/gtest.h>

namespace barman::check {
namespace {

constexpr std::uint64_t mib = 1024 * 1024, gib = 1024 * mib;
constexpr Micros minute = std::chrono::minutes(1), hour = std::chrono::hours(1);

std::string told(const std::optional<report::Stall>& stall) {
  return stall ? stall->kind + ": " + stall->text + " > " + stall->command : "fine";
}

struct SlotCase {
  const char* label;
  SlotHold slot;
  std::string want;
};
class JudgeSlotHold : public testing::TestWithParam<SlotCase> {};
TEST_P(JudgeSlotHold, Table) { EXPECT_EQ(told(judge_slot_hold(GetParam().slot, "receive", "drop")), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Rows, JudgeSlotHold,
    testing::Values(
        SlotCase{"nothing", {"s", true, false, 0, gib}, "fine"},
        SlotCase{"no_more_than_without_it", {"s", true, false, gib, gib}, "fine"},
        SlotCase{"nobody_reads",
                 {"s", true, false, gib + mib, gib},
                 "replication slot: slot 's' holds back 1.0 GiB of WAL on the PostgreSQL server: nobody reads it > "
                 "receive"},
        SlotCase{"left_over",
                 {"s", false, false, 3 * gib, gib},
                 "replication slot: slot 's' holds back 3.0 GiB of WAL on the PostgreSQL server, and the configuration "
                 "does not use it > drop"},
        SlotCase{"slow_reader", {"s", true, true, 4 * gib, gib}, "fine"},
        SlotCase{"too_slow",
                 {"s", true, true, 5 * gib, gib},
                 "replication slot: slot 's' holds back 5.0 GiB of WAL on the PostgreSQL server: its reader does not "
                 "keep up > receive"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(JudgeWaiting, FromAQuarterOfAnHourOn) {
  EXPECT_EQ(told(judge_waiting({"/b/main/incoming", 0, hour}, "archive")), "fine");
  EXPECT_EQ(told(judge_waiting({"/b/main/incoming", 500, 14 * minute}, "archive")), "fine");
  EXPECT_EQ(told(judge_waiting({"/b/main/incoming", 1, 15 * minute}, "archive")),
            "WAL in incoming: 1 WAL file waits in '/b/main/incoming', the oldest for 15 minutes: archive-wal does not "
            "take them > archive");
  EXPECT_EQ(told(judge_waiting({"/b/main/incoming", 2, 15 * minute, 1, "W: it is empty"}, "archive")),
            "WAL in incoming: 2 WAL files wait in '/b/main/incoming', the oldest for 15 minutes: 1 of them cannot be "
            "archived as it is (W: it is empty). Bring the whole file, or take a new backup, which does without it > "
            "archive");
}

struct ArchiveCase {
  const char* label;
  ArchiveCommand state;
  std::string want;
};
class JudgeArchiveCommand : public testing::TestWithParam<ArchiveCase> {};
TEST_P(JudgeArchiveCommand, Table) {
  EXPECT_EQ(told(judge_archive_command(GetParam().state, "test")), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, JudgeArchiveCommand,
    testing::Values(ArchiveCase{"never_tried", {}, "fine"},
                    ArchiveCase{"failed_long_ago", {"W", 9, 2 * hour, minute}, "fine"},
                    ArchiveCase{"fails_since_a_minute", {"W", 3, Micros(0), minute}, "fine"},
                    ArchiveCase{"fails",
                                {"W", 12, minute, 2 * hour},
                                "archive_command: PostgreSQL's archive_command fails: segment W, 12 failures, last "
                                "success 2 hours ago > test"},
                    ArchiveCase{"never_worked",
                                {"W", 1, Micros(0), {}},
                                "archive_command: PostgreSQL's archive_command fails: segment W, 1 failure, no success "
                                "yet > test"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(JudgeProgress, NeedsBothTimeAndWal) {
  EXPECT_EQ(told(judge_progress({"W", 10 * hour, 2}, "explain")), "fine");  // an idle server
  EXPECT_EQ(told(judge_progress({"W", 14 * minute, 900}, "explain")), "fine");
  EXPECT_EQ(told(judge_progress({"W", hour, 3}, "explain")),
            "WAL archive: nothing has been archived for 1 hour: PostgreSQL has completed 3 segments after W > explain");
}

TEST(JudgeRoom, WantsSixtyFourSegmentsOrAFiftieth) {
  EXPECT_EQ(told(judge_room({"/b", gib, 10 * gib, 5000, 9000}, 16 * mib, "list")), "fine");
  EXPECT_EQ(told(judge_room({"/b", gib - 1, 10 * gib, 5000, 9000}, 16 * mib, "list")),
            "disk of /b: 1024.0 MiB of 10.0 GiB are free in '/b' > list");
  EXPECT_EQ(told(judge_room({"/b", gib, 100 * gib, 5000, 9000}, 16 * mib, "list")),
            "disk of /b: 1.0 GiB of 100.0 GiB are free in '/b' > list");
  EXPECT_EQ(told(judge_room({"/b", gib, 10 * gib, 999, 9000}, 16 * mib, "list")),
            "disk of /b: only 999 more files can be made in '/b' > list");
  EXPECT_EQ(told(judge_room({"/b", gib, 10 * gib, 0, 0}, 16 * mib, "list")), "fine");
}

TEST(BytesOfSetting, ReadsWhatShowPrints) {
  EXPECT_EQ(bytes_of_setting("1GB"), gib);
  EXPECT_EQ(bytes_of_setting("64MB"), 64 * mib);
  EXPECT_EQ(bytes_of_setting("8192kB"), 8 * mib);
  EXPECT_EQ(bytes_of_setting("-1"), std::nullopt);
  EXPECT_EQ(bytes_of_setting("1 day"), std::nullopt);
  EXPECT_EQ(bytes_of_setting(""), std::nullopt);
}

}  // namespace
}  // namespace barman::check
