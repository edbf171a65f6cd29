#include "barman/app/survey.h"

#include <gmock/gmock.h>

#include "server_fixture.h"

namespace barman::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SurveyOf : public OneServer {
 protected:
  report::Survey look() { return survey(global, {{&config}}); }
  report::SurveyedServer look_at_server() { return look().servers.at(0); }

  // Everything below, with sizes and times.
  std::string listing() const {
    std::string text;
    fs::walk(directory.path(), [&](const fs::Entry& entry) {
      if (entry.relative.starts_with("locks")) return;
      text += fmt::format("{} {} {}.{}\n", entry.relative, entry.info.st_size, entry.info.st_mtim.tv_sec,
                          entry.info.st_mtim.tv_nsec);
    });
    return text;
  }
};

TEST_F(SurveyOf, ACatalogueSaysWhatItHolds) {
  config.retention_policy =
      config::RetentionPolicy{config::RetentionPolicy::Kind::redundancy, config::RetentionPolicy::Unit::days, 1};
  archive(1, 4);
  add_backup("20260101T000000", 1);
  add_backup("20260102T000000", 2, "backup_name=weekly\n");
  add_backup("20260103T000000", 3, "error=cut\n", "FAILED");
  write("main/meta/20260101T000000-keep", "standalone");
  const report::SurveyedServer found = look_at_server();
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.mode, "active");
  EXPECT_EQ(found.system_id, "77");
  EXPECT_EQ(found.first_backup, "20260101T000000");
  EXPECT_EQ(found.last_backup, "20260102T000000");
  EXPECT_TRUE(found.backups_known);
  EXPECT_EQ(found.failed_last, "20260103T000000");
  ASSERT_EQ(found.backups.size(), 3U);
  EXPECT_EQ(found.backups[0].error, "cut");
  EXPECT_EQ(found.backups[1].name, "weekly");
  EXPECT_EQ(found.backups[1].needed_wal, 1024 * 1024);
  EXPECT_EQ(found.backups[1].later_wal, 2 * 1024 * 1024);
  EXPECT_EQ(found.backups[1].retention, "VALID");
  EXPECT_EQ(found.backups[2].keep, "standalone");
  EXPECT_EQ(found.backups[2].retention, "KEEP:STANDALONE");
  ASSERT_EQ(found.timelines.count(1), 1U);
  EXPECT_EQ(found.timelines.at(1).files, 4);
  EXPECT_EQ(found.timelines.at(1).newest, wal(4));
  EXPECT_EQ(found.timelines.at(1).written, (Timestamp{1'700'000'000'000'000, 0}));
}

// Of the WAL nothing is noted, and nothing is read: what is there counts as whole.
TEST_F(SurveyOf, TheWindowIsMadeOfWhatIsThereAndNoted) {
  archive(1, 6);
  add_backup("20260101T000000", 1);
  fs::remove_file(path("main/wals/0000000100000000/" + wal(4)));
  const report::SurveyedServer found = look_at_server();
  ASSERT_TRUE(found.window);
  ASSERT_EQ(found.window->intervals.size(), 1U);
  EXPECT_EQ(found.window->intervals[0].ended_by, "missing_wal");
  EXPECT_THAT(found.window->intervals[0].missing, ElementsAre(wal(4)));
  EXPECT_EQ(found.window->presumed, 5U);
}

TEST_F(SurveyOf, NothingIsChanged) {
  archive(1, 3);
  add_backup("20260101T000000", 1);
  const std::string before = listing();
  look();
  EXPECT_EQ(listing(), before);
}

TEST_F(SurveyOf, WithoutAnIndexNoneIsMade) {
  add_backup("20260101T000000", 1);
  write("main/wals/0000000100000000/" + wal(1), segment(1));
  const report::SurveyedServer found = look_at_server();
  EXPECT_FALSE(exists("main/wals/main-xlog.db"));
  EXPECT_THAT(found.timelines, IsEmpty());
}

TEST_F(SurveyOf, WhatCannotBeReadIsAProblemAndKeepsNothingBack) {
  archive(1, 2);
  add_backup("20260101T000000", 1);
  write("main/meta/20260103T000000-backup.info", "status=DONE\nend_time=never\n");
  write("main/wals/main-xlog.db", read("main/wals/main-xlog.db") + "nonsense\n");
  const report::SurveyedServer found = look_at_server();
  EXPECT_THAT(found.problems, Contains(HasSubstr("20260103T000000")));
  EXPECT_THAT(found.problems, Contains(HasSubstr("main-xlog.db")));
  EXPECT_EQ(found.backups.size(), 1U);
  EXPECT_EQ(found.timelines.at(1).files, 2);
}

// Its id and its times are those of a clock that was ahead; its place is where its WAL is.
TEST_F(SurveyOf, AClockThatWasAheadIsDoubted) {
  archive(1, 4);
  add_backup("20990101T000000", 1, "error=cut\nend_time=2099-01-01 00:00:00+00:00\n", "FAILED");
  add_backup("20260102T000000", 3);
  const report::SurveyedServer found = look_at_server();
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("backup 20990101T000000 is of 2099-01-01 00:00:00")));
  EXPECT_EQ(found.failed_last, std::nullopt);
}

TEST_F(SurveyOf, ACatalogueThatCannotBeReadIsNotAnEmptyOne) {
  add_backup("20260101T000000", 1);
  fs::remove_tree(path("main/meta"));
  write("main/meta", "no directory");
  const report::SurveyedServer found = look_at_server();
  EXPECT_FALSE(found.backups_known);
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("backups, retention, recovery window, WAL: ")));
  EXPECT_EQ(found.waiting.size(), 2U) << "the rest is looked at";
}

TEST_F(SurveyOf, WalThatWaitsIsCounted) {
  write("main/incoming/" + wal(7), "seven");
  write("main/incoming/.hidden", "x");
  write("main/streaming/" + wal(8) + ".partial", "p");
  write("main/errors/" + wal(9) + ".duplicate", "p");
  const report::SurveyedServer found = look_at_server();
  ASSERT_EQ(found.waiting.size(), 2U);
  EXPECT_EQ(found.waiting[0].source, "incoming");
  EXPECT_EQ(found.waiting[0].files, 1);
  EXPECT_EQ(found.waiting[0].bytes, 5);
  EXPECT_TRUE(found.waiting[0].oldest_seconds);
  EXPECT_EQ(found.waiting[1].files, 0);
  EXPECT_EQ(found.error_files, 1);
}

TEST_F(SurveyOf, AStoreIsNotAsked) {
  config.wals_directory = "s3://bucket/wals";
  config.basebackups_directory = "s3://bucket/base";
  config.active = false;
  const report::SurveyedServer found = look_at_server();
  EXPECT_EQ(found.mode, "inactive");
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("object store, which is not asked")));
}

TEST_F(SurveyOf, CronLeavesWhenItRan) {
  EXPECT_FALSE(look().cron);
  remember_cron_run(global, {Timestamp{1'700'000'000'123'456, 0}, 2.5});
  const auto run = look().cron;
  ASSERT_TRUE(run);
  EXPECT_EQ(run->ended.micros, 1'700'000'000'123'456);
  EXPECT_EQ(run->seconds, 2.5);
  EXPECT_EQ(read(".cron-last-run"), "1700000000.123456 2.500\n");
}

TEST(CronRun, IsReadAsItIsWrittenAndElseNot) {
  for (const char* text : {"", "1700000000 2", "1700000000.1 2", "x.123456 2", "1700000000.123456", "1.123456 x",
                           "99999999999999.123456 1", "1.123456 1 1"})
    EXPECT_FALSE(parse_cron_run(text)) << text;
  EXPECT_EQ(to_text(*parse_cron_run("5.000001 0.5")), "5.000001 0.500\n");
}

}  // namespace
}  // namespace barman::app
