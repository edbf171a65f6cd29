// What a drill decides: programs, statements, a target at random, whether the target was reached.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "barman/drill/statements.h"
#include "choice.h"
#include "programs.h"
#include "target_check.h"

namespace barman::drill {
namespace {

using catalog::BackupInfo;
using testing::HasSubstr;

TEST(Programs, AreThoseOfTheMajorVersion) {
  const std::vector<exec::PgTool> found = {
      {"/a/postgres", "15.4"}, {"/b/bin/postgres", "17.1"}, {"/c/postgres", "17.2"}};
  EXPECT_EQ(choose_programs(found, 17).path("pg_ctl"), "/b/bin/pg_ctl");
  try {
    choose_programs(found, 16);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::not_found);
    EXPECT_THAT(error.hint(), HasSubstr("postgresql-16"));
    EXPECT_THAT(error.hint(), HasSubstr("postgresql16-server"));
  }
  EXPECT_THROW(choose_programs(found, 906), Error);
}

TEST(Statements, AreOneALine) {
  EXPECT_THAT(parse_statements("select true\n\n  -- a word\n\\connect shop\n select 1 = 1; \n", "f"),
              testing::ElementsAre(Statement{"postgres", "select true", 1}, Statement{"shop", "select 1 = 1;", 5}));
  EXPECT_THROW(parse_statements("\\copy x", "f"), Error);
  EXPECT_THROW(parse_statements("\\connect", "f"), Error);
}

BackupInfo backup_of(const char* id, const char* end, catalog::BackupStatus status = catalog::BackupStatus::done) {
  BackupInfo info;
  info.backup_id = id;
  info.status = status;
  info.timeline = 1;
  info.end_xlog = end;
  return info;
}

TEST(RandomChoice, IsTheBeginningOfASegmentBehindTheBackup) {
  const BackupInfo a = backup_of("a", "0/3000100"), b = backup_of("b", "0/5000100"),
                   failed = backup_of("c", "0/5000200", catalog::BackupStatus::failed);
  const std::vector<const BackupInfo*> backups = {&a, &b, &failed};
  const std::map<std::uint32_t, std::string> newest = {{1, "000000010000000000000006"}};
  const Choice first = choose_at_random(backups, newest, [](std::uint64_t) { return 0U; });
  EXPECT_EQ(first.backup, &a);
  EXPECT_EQ(first.target.lsn, "0/4000000");
  EXPECT_EQ(first.target.timeline, "1");
  const Choice last = choose_at_random(backups, newest, [](std::uint64_t bound) { return bound - 1; });
  EXPECT_EQ(last.backup, &b);
  EXPECT_EQ(last.target.lsn, "0/6000000");
}

TEST(RandomChoice, IsTheEndOfTheWalWhereNothingIsBehindTheBackup) {
  const BackupInfo a = backup_of("a", "0/3000100");
  const auto zero = [](std::uint64_t) { return 0U; };
  EXPECT_EQ(choose_at_random({&a}, {{1, "000000010000000000000003"}}, zero).target.lsn, std::nullopt);
  EXPECT_EQ(choose_at_random({&a}, {}, zero).target.lsn, std::nullopt);
  EXPECT_EQ(choose_at_random({}, {}, zero).backup, nullptr);
}

recovery::Judgement stops_at(const recovery::TransactionEnd& end) {
  return {recovery::Stop{recovery::StopKind::commit, end.lsn, end}, ""};
}

TEST(TargetCheck, PassesWhenRecoveryDidWhatWasForetold) {
  const recovery::TransactionEnd end{Lsn{0x3000028}, 740, 1'000'000};
  Seen seen{.has_target = true,
            .stop = "after commit of transaction 740",
            .last = end,
            .last_micros = end.micros,
            .status = "committed"};
  EXPECT_EQ(judge_target(stops_at(end), seen).passed, true);
  seen.status = "aborted";
  EXPECT_THAT(judge_target(stops_at(end), seen).detail, HasSubstr("says that it is aborted"));
  seen.status = "committed";
  seen.last_micros = end.micros + 1;
  EXPECT_EQ(judge_target(stops_at(end), seen).passed, false);
  seen.last_micros.reset();
  EXPECT_EQ(judge_target(stops_at(end), seen).passed, true) << "without a target PostgreSQL says nothing";
  seen.last->xid = 741;
  EXPECT_THAT(judge_target(stops_at(end), seen).detail, HasSubstr("should be the commit of transaction 740"));
}

TEST(TargetCheck, FailsWhenTheTargetWasNotReached) {
  const Seen seen{.has_target = true, .stop = {}, .last = {}, .last_micros = {}, .status = {}};
  EXPECT_EQ(judge_target(std::nullopt, seen).passed, false);
  EXPECT_EQ(judge_target(std::nullopt, Seen{}).passed, true) << "everything was asked for";
}

TEST(TargetCheck, FailsWhenWhatWasReachedIsImpossible) {
  Seen seen;
  seen.stop = "before";
  EXPECT_THAT(judge_target(recovery::Judgement{std::nullopt, "the WAL ends"}, seen).detail,
              HasSubstr("although the WAL ends"));
}

TEST(ReportedTarget, NamesWhatWasAskedFor) {
  restore::TargetRequest request;
  EXPECT_EQ(describe(reported_target(request)), "latest");
  request.xid = "7";
  request.exclusive = true;
  request.timeline = "2";
  EXPECT_EQ(describe(reported_target(request)), "xid 7, exclusive, timeline 2");
}

}  // namespace
}  // namespace barman::drill
