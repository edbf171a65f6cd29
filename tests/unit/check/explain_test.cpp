#include "explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checks.h"

namespace barman::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

config::ServerConfig streaming_server() {
  config::ServerConfig config;
  config.name = "main";
  config.conninfo = "host=db user=barman password=secret";
  config.backup_method = config::BackupMethod::postgres;
  config.streaming_archiver = true;
  config.slot_name = "barman";
  return config;
}

report::CheckReport report_of(const std::vector<report::CheckLine>& lines) {
  report::CheckReport report;
  report.server = "main";
  report.lines = lines;
  return report;
}

TEST(Explain, NothingIsWrong) {
  const auto explanation = explain(streaming_server(), report_of({passed(CheckId::postgres)}), {}, {});
  EXPECT_EQ(explanation.server, "main");
  EXPECT_THAT(explanation.problems, IsEmpty());
}

TEST(Explain, AServerThatIsDownIsOneProblem) {
  const auto explanation = explain(
      streaming_server(),
      report_of({failed(CheckId::wal_archive, "please make sure WAL shipping is setup"), failed(CheckId::postgres),
                 failed(CheckId::replication_slot, "replication slot 'barman' doesn't exist."),
                 passed(CheckId::directories), failed(CheckId::failed_backups, "there are 2 failed backups"),
                 failed(CheckId::receive_wal, "See the Barman log file")}),
      {{CheckId::postgres, "connection to server failed\n\tIs the server running?"}}, {});
  ASSERT_EQ(explanation.problems.size(), 2U);
  const report::Problem& first = explanation.problems.front();
  EXPECT_EQ(first.check, "PostgreSQL");
  EXPECT_EQ(first.cause, "connection to server failed\n\tIs the server running?");
  EXPECT_THAT(first.skipped, ElementsAre("superuser or standard user with backup privileges", "PostgreSQL streaming",
                                         "wal_level", "replication slot", "WAL archive", "receive-wal running"));
  EXPECT_THAT(first.command, HasSubstr("psql 'host=db user=barman'"));
  EXPECT_THAT(first.command, Not(HasSubstr("secret")));
  EXPECT_EQ(explanation.problems[1].check, "failed backups");
  EXPECT_EQ(explanation.problems[1].cause, "there are 2 failed backups");
  EXPECT_EQ(explanation.problems[1].command, "barman list-backups main");
}

TEST(Explain, TheReceiverIsTheCauseOfItsSlot) {
  const auto explanation =
      explain(streaming_server(),
              report_of({passed(CheckId::postgres),
                         failed(CheckId::replication_slot, "slot 'barman' not active: is 'receive-wal' running?"),
                         failed(CheckId::receive_wal, "See the Barman log file for more details")}),
              {}, {});
  ASSERT_EQ(explanation.problems.size(), 1U);
  EXPECT_EQ(explanation.problems.front().check, "receive-wal running");
  EXPECT_THAT(explanation.problems.front().skipped, ElementsAre("replication slot"));
  EXPECT_EQ(explanation.problems.front().command, "barman receive-wal main");
}

TEST(Explain, AStallJoinsTheProblemItBelongsTo) {
  const std::vector<report::Stall> stalls = {
      {"replication slot", "slot 'barman' holds back 3.0 GiB", "x", CheckId::replication_slot},
      {"disk of /b", "1 B of 2 B are free in '/b'", "barman list-backups main"}};
  const auto explanation = explain(streaming_server(),
                                   report_of({passed(CheckId::postgres), failed(CheckId::receive_wal, "See the log"),
                                              failed(CheckId::replication_slot, "not active")}),
                                   {}, stalls);
  ASSERT_EQ(explanation.problems.size(), 2U);
  EXPECT_EQ(explanation.problems.front().cause, "See the log\nslot 'barman' holds back 3.0 GiB");
  EXPECT_EQ(explanation.problems.back().check, "disk of /b");
}

TEST(Explain, QuotesTheServerInCommands) {
  config::ServerConfig config = streaming_server();
  config.name = "it's";
  const auto explanation = explain(config, report_of({failed(CheckId::backup_age, "old")}), {}, {});
  EXPECT_EQ(explanation.problems.front().command, R"(barman backup 'it'\''s')");
}

}  // namespace
}  // namespace barman::check
