// What Server and Streaming make of a server's answers; live_test.cpp asks a real one.
#include "barman/postgres/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive_wait.h"
#include "fakes/postgres.h"
#include "unit/failure_of.h"

namespace barman::postgres {
namespace {

using fakes::FakePostgres;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FakedServer : public testing::Test {
 protected:
  FakePostgres postgres;
  Server server{"host=pg", {}, postgres.connect()};
  Streaming streaming{"host=pg", {}, postgres.connect()};
};

TEST_F(FakedServer, TellsAboutItself) {
  EXPECT_EQ(server.version_text(), "16.2");
  EXPECT_FALSE(server.is_in_recovery());
  EXPECT_FALSE(server.is_superuser());
  EXPECT_TRUE(server.has_backup_privileges());
  EXPECT_TRUE(server.has_monitoring_privileges());
  EXPECT_TRUE(server.has_checkpoint_privileges());
  EXPECT_EQ(server.setting("wal_level"), "replica");
  EXPECT_EQ(server.setting("no_such_setting"), std::nullopt);
  EXPECT_EQ(server.segment_size(), 16U * 1024 * 1024);
  EXPECT_EQ(server.checkpoint_timeout(), std::chrono::minutes(5));
  EXPECT_EQ(server.cluster_size(), 30'000'000);
  EXPECT_THAT(server.tablespaces(), IsEmpty());
  EXPECT_EQ(server.configuration_files().hba_file, "/pg/pg_hba.conf");
  EXPECT_EQ(server.system_identifier(), "7000000000000000001");
  EXPECT_EQ(server.timeline(), 1U);
  EXPECT_EQ(postgres.connections, 1);
}

TEST_F(FakedServer, KnowsWhereItWrites) {
  EXPECT_EQ(server.current_position().file, "000000010000000000000003");
  postgres.in_recovery = true;
  EXPECT_EQ(server.current_position().file, std::nullopt);
}

// From 17 on the position on a boundary is said to be in the segment after it.
TEST_F(FakedServer, NamesTheSegmentBeforeABoundary) {
  postgres.version = 170000;
  postgres.answer("pg_current_wal_lsn", {{"0/4000000", "000000010000000000000004", "0", postgres.time}});
  EXPECT_EQ(server.current_position().file, "000000010000000000000003");
}

TEST_F(FakedServer, DoesNotAskWhatItMayNot) {
  postgres.may_backup = false;
  EXPECT_EQ(server.cluster_size(), std::nullopt);
  postgres.answer("current_setting", [](const auto&) -> FakePostgres::Rows {
    throw QueryError(sqlstate::insufficient_privilege, "permission denied");
  });
  EXPECT_EQ(server.setting("archive_command"), std::nullopt);
  postgres.may_checkpoint = false;
  EXPECT_EQ(failure_of([&] { server.checkpoint(); }).code(), Errc::refused);
  EXPECT_THAT(postgres.asked, testing::Not(Contains("CHECKPOINT")));
}

TEST_F(FakedServer, SwitchesToTheNextSegment) {
  postgres.answer("pg_switch_wal", [this](const auto&) -> FakePostgres::Rows {
    postgres.wal = "000000010000000000000004";
    return {{"0/4000000"}};
  });
  EXPECT_EQ(server.switch_wal(), "000000010000000000000003");
}

TEST_F(FakedServer, NeedsNoSwitchOfASegmentThatIsEmpty) { EXPECT_EQ(server.switch_wal(), ""); }

TEST_F(FakedServer, SaysWhichPrivilegeASwitchNeeds) {
  postgres.answer("pg_switch_wal", [](const auto&) -> FakePostgres::Rows {
    throw QueryError(sqlstate::insufficient_privilege, "permission denied for function pg_switch_wal");
  });
  const Error refused = failure_of([&] { server.switch_wal(); });
  EXPECT_EQ(refused.code(), Errc::refused);
  EXPECT_THAT(refused.what(), HasSubstr("Postgres user 'barman' is missing required privileges"));
  EXPECT_THAT(refused.hint(), HasSubstr("pg_switch_wal()"));
}

TEST_F(FakedServer, ConnectsAgainButNotDuringABackup) {
  server.connect();
  postgres.up = false;
  EXPECT_EQ(failure_of([&] { server.timeline(); }).code(), Errc::postgres);
  postgres.up = true;
  EXPECT_EQ(server.timeline(), 1U);
  EXPECT_EQ(server.start_backup("label", true).file, "000000010000000000000003");
  postgres.up = false;
  EXPECT_FALSE(server.keepalive());
  EXPECT_STREQ(failure_of([&] { server.stop_backup(); }).what(),
               "Connection to the Postgres server was lost during the backup.");
  postgres.up = true;
  EXPECT_STREQ(failure_of([&] { server.timeline(); }).what(),
               "Connection to the Postgres server was lost during the backup.");
  server.close();
  EXPECT_EQ(server.timeline(), 1U);
}

TEST_F(FakedServer, BacksUp) {
  const BackupStart start = server.start_backup("label", false);
  EXPECT_EQ(start.timeline, 1U);
  EXPECT_EQ(start.offset, 0x60U);
  EXPECT_TRUE(server.keepalive());
  EXPECT_THAT(server.stop_backup().label, HasSubstr("START WAL LOCATION"));
}

TEST_F(FakedServer, WaitsUntilWhatABackupNeedsIsArchived) {
  std::vector<std::string> order;
  int looks = 0;
  postgres.answer("pg_backup_stop(", [&](const auto& parameters) -> FakePostgres::Rows {
    order.push_back("stop " + parameters.front());
    return {{"0/3000100", "START WAL LOCATION: x", "1", "2026-11-29 00:00:00+00"}};
  });
  postgres.answer("EXISTS (SELECT FROM pg_ls_archive_statusdir()", [&](const auto& parameters) -> FakePostgres::Rows {
    order.push_back(parameters.front());
    return {{++looks < 3 ? "t" : "f"}};
  });
  server.start_backup("label", false);
  server.stop_backup();
  const std::string waiting = "000000010000000000000003.ready";
  EXPECT_THAT(order, ElementsAre("stop false", waiting, waiting, waiting));

  order.clear();
  postgres.in_recovery = true;
  server.start_backup("label", false);
  server.stop_backup();
  EXPECT_THAT(order, ElementsAre("stop true")) << "the server waits";
}

TEST_F(FakedServer, WaitsByWhatWasArchivedLastWhereItMaySeeNoMore) {
  std::vector<std::string> order;
  std::vector<std::string> archived = {"000000010000000000000005.00000028.backup", "000000010000000000000002",
                                       "000000010000000000000001"};
  postgres.answer("pg_backup_stop(", [&](const auto& parameters) -> FakePostgres::Rows {
    order.push_back("stop " + parameters.front());
    return {{"0/4000000", "START WAL LOCATION: x", "1", "2026-11-29 00:00:00+00"}};
  });
  postgres.answer("has_function_privilege('pg_ls_archive_statusdir()'",
                  [](const auto&) -> FakePostgres::Rows { return {{"f"}}; });
  postgres.answer("SELECT last_archived_wal, last_archived_time, stats_reset", [&](const auto&) -> FakePostgres::Rows {
    order.push_back(archived.back());
    if (archived.size() > 1) archived.pop_back();
    return {{order.back(), "2026-11-29 00:00:00+00", "2026-11-28 00:00:00+00"}};
  });
  server.start_backup("label", false);
  server.stop_backup();
  EXPECT_THAT(order, ElementsAre("stop false", "000000010000000000000001", "000000010000000000000002",
                                 "000000010000000000000005.00000028.backup"));

  postgres.answer("SELECT last_archived_wal, last_archived_time, stats_reset", [&](const auto&) -> FakePostgres::Rows {
    order.emplace_back("nothing");
    return {{std::nullopt, std::nullopt, "2026-11-29 00:00:0" + std::to_string(order.size()) + "+00"}};
  });
  order.clear();
  server.start_backup("label", false);
  server.stop_backup();
  EXPECT_THAT(order, ElementsAre("stop false", "nothing", "nothing")) << "reset meanwhile";
}

struct ArchivedCase {
  const char* last;
  bool all;
};
class ShowsAsArchived : public testing::TestWithParam<ArchivedCase> {};

// Of a backup from segment 3 to segment 5 of timeline 2.
TEST_P(ShowsAsArchived, ByItsName) {
  const NeededWal needed{{2, 0, 3}, {2, 0, 5}};
  EXPECT_EQ(shows_as_archived(GetParam().last, needed), GetParam().all);
}

INSTANTIATE_TEST_SUITE_P(
    Names, ShowsAsArchived,
    testing::Values(ArchivedCase{"", false}, ArchivedCase{"no name", false},
                    ArchivedCase{"000000020000000000000004", false}, ArchivedCase{"000000020000000000000005", true},
                    ArchivedCase{"000000020000000100000000", true}, ArchivedCase{"000000010000000000000007", false},
                    ArchivedCase{"000000030000000000000007", false}, ArchivedCase{"00000003.history", false},
                    ArchivedCase{"000000020000000000000003.00000028.backup", true},
                    ArchivedCase{"000000020000000000000002.00000028.backup", false},
                    ArchivedCase{"000000020000000000000006.00000028.backup", true}));

TEST_F(FakedServer, KnowsSlotsAndArchiver) {
  EXPECT_FALSE(server.slot("barman"));
  streaming.create_physical_slot("barman");
  EXPECT_FALSE(server.slot("barman")->active);
  EXPECT_TRUE(server.archiver_stats()->is_archiving);
  postgres.last_failed_wal = "000000010000000000000003";
  postgres.answer("pg_stat_archiver", [](const auto&) { return FakePostgres::Rows{}; });
  EXPECT_FALSE(server.archiver_stats());
}

TEST_F(FakedServer, SaysWhyASlotCannotBeMadeOrDropped) {
  streaming.create_physical_slot("barman");
  try {
    streaming.create_physical_slot("barman");
    FAIL();
  } catch (const SlotError& error) {
    EXPECT_EQ(error.why(), SlotError::Why::exists);
  }
  streaming.drop_slot("barman");
  try {
    streaming.drop_slot("barman");
    FAIL();
  } catch (const SlotError& error) {
    EXPECT_EQ(error.why(), SlotError::Why::missing);
  }
}

TEST_F(FakedServer, IdentifiesItselfToTheReplicationProtocol) {
  const StreamingIdentity identity = streaming.identify();
  EXPECT_EQ(identity.systemid, "7000000000000000001");
  EXPECT_EQ(identity.timeline, 1U);
  EXPECT_THAT(streaming.timeline_history(2), HasSubstr("no recovery target"));
  EXPECT_THAT(streaming.conninfo(), HasSubstr("replication=true"));
}

}  // namespace
}  // namespace barman::postgres
