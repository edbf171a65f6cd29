#include "barman/output/long_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "barman/core/text.h"
#include "unit/output/recording_writer.h"

namespace barman::report {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t mebibyte = 1024 * 1024;
constexpr Micros day = std::chrono::hours(24);
constexpr Timestamp end_time{1'795'253'165'279'662, 0};  // 2026-11-21 09:26:05.279662 UTC

LongListEntry backup(std::string id, std::string type, std::string status = "DONE") {
  LongListEntry entry;
  entry.backup.id = std::move(id);
  entry.backup.type = std::move(type);
  entry.backup.status = std::move(status);
  entry.backup.copied = entry.backup.status == "DONE" || entry.backup.status == "WAITING_FOR_WALS";
  if (!entry.backup.copied) {
    entry.expires = "unjudged";
    return entry;
  }
  entry.backup.end_time = end_time;
  entry.backup.size = 1234 * mebibyte;
  entry.backup.wal_size = 345 * mebibyte + mebibyte / 2;
  entry.age = 3 * day;
  return entry;
}

LongBackupList list() {
  LongBackupList list;
  list.server = "main";
  list.policy = "RECOVERY WINDOW OF 7 DAYS";
  list.entries = {backup("20261124T092554", "rsync", "FAILED"), backup("20261121T092554", "incremental"),
                  backup("20261120T092554", "full", "WAITING_FOR_WALS"), backup("20261119T092554", "full")};
  list.entries[1].expires = "backups";
  list.entries[1].backups_until = 2;
  list.entries[1].backup.torn = true;
  list.entries[2].kept = "standalone";
  list.entries[2].expires = "kept";
  list.entries[2].age = 100 * std::chrono::minutes(1);
  list.entries[3].expires = "time";
  list.entries[3].expires_at = end_time;
  list.entries[3].drill = LongListEntry::Drill{true, end_time};
  return list;
}

std::vector<std::string> console(const LongBackupList& report) { return split_lines(output::console_text(report)); }

TEST(LongBackupListOutput, IsATableThatFitsATerminal) {
  EXPECT_THAT(console(list()),
              ElementsAre("Server main: RECOVERY WINDOW OF 7 DAYS",
                          "BACKUP           AGE TYPE  STATUS  SIZE    WAL KEPT       EXPIRES    DRILL",
                          "20261124T092554    - rsync FAILED     -      - -          -          -",
                          "20261121T092554   3d incr  TORN    1.2G 345.5M -          +2 backups -",
                          "20261120T092554 100m full  WAITING 1.2G 345.5M standalone never      -",
                          "20261119T092554   3d full  DONE    1.2G 345.5M -          2026-11-21 2026-11-21",
                          "4 backups, 3 of them copied: 3.6 GiB, and 1.0 GiB of later WAL"));
}

TEST(LongBackupListOutput, HasAirWhereThereIsRoom) {
  LongBackupList report = list();
  report.entries.erase(report.entries.begin(), report.entries.begin() + 3);
  EXPECT_THAT(console(report)[1], HasSubstr("BACKUP           AGE  TYPE"));
  for (const std::string& line : console(report)) EXPECT_LE(line.size(), 80U) << line;
}

TEST(LongBackupListOutput, SaysWhatElseIsKnown) {
  LongBackupList report = list();
  report.calendar = "3 DAYS";
  report.policy = std::nullopt;
  report.entries.resize(2);
  report.entries[0].backup.name = "weekly";
  report.entries[1].kept = "standalone";
  report.entries[1].kept_by_calendar = true;
  report.entries[1].backup.in_cloud_copy = false;
  report.entries[1].drill = LongListEntry::Drill{false, end_time};
  report.entries[1].expires = "due";
  const auto lines = console(report);
  EXPECT_EQ(lines[0], "Server main: no retention policy; calendar 3 DAYS");
  EXPECT_THAT(lines[2], EndsWith(" 'weekly'"));
  EXPECT_THAT(lines[3], HasSubstr("calendar"));
  EXPECT_THAT(lines[3], EndsWith("now      failed  NOT COPIED"));
}

TEST(LongBackupListOutput, ShowsABackupFromTheFutureAsOne) {
  LongBackupList report = list();
  report.entries.resize(3);
  report.entries[1].age = -day * 3;
  report.entries[2].age = -std::chrono::milliseconds(1);
  EXPECT_THAT(console(report)[3], HasSubstr(" -3d incr"));
  EXPECT_THAT(console(report)[4], HasSubstr(" 0s full"));
  EXPECT_EQ(output::json_of(report).at("main")[1].at("age_seconds"), -3 * 86400);
}

TEST(LongBackupListOutput, OfNone) {
  LongBackupList report;
  report.server = "main";
  report.copy = "s3://bucket/barman";
  EXPECT_THAT(console(report), ElementsAre("Server main: no retention policy",
                                           "  none here; 'barman list-backups main' asks s3://bucket/barman",
                                           "0 backups: 0 B, and 0 B of later WAL"));
  EXPECT_EQ(output::json_of(report).dump(), R"({"main":[]})");
}

TEST(LongBackupListOutput, JsonIsThatOfListBackupsAndMore) {
  const nlohmann::json all = output::json_of(list()).at("main");
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[1].at("size_bytes"), 1234 * mebibyte);
  EXPECT_EQ(all[1].at("age_seconds"), 3 * 86400);
  EXPECT_EQ(all[1].at("expires").dump(), R"({"newer_backups":2,"rule":"backups","time":null})");
  EXPECT_EQ(all[2].at("kept"), "standalone");
  EXPECT_EQ(all[3].at("expires").at("time"), "2026-11-21T09:26:05.279662+00:00");
  EXPECT_EQ(all[3].at("drill").dump(), R"({"passed":true,"time":"2026-11-21T09:26:05.279662+00:00"})");
  EXPECT_TRUE(all[0].at("drill").is_null());
  EXPECT_TRUE(all[0].at("age_seconds").is_null());
}

}  // namespace
}  // namespace barman::report
