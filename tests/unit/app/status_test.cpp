#include "barman/app/status.h"

#include <gmock/gmock.h>

#include "barman/app/check.h"
#include "barman/app/server_facts.h"
#include "barman/app/sync.h"
#include "server_fixture.h"

namespace barman::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Status : public OneServer {};

TEST_F(Status, TellsOfPostgresAndBackups) {
  archive(1, 2);
  add_backup("20260102T030405", 1);
  const report::StatusReport report = server_status(server);
  EXPECT_EQ(report.backups, 1);
  EXPECT_EQ(report.last_backup, "20260102T030405");
  ASSERT_TRUE(report.postgres);
  EXPECT_TRUE(report.postgres->reachable);
  EXPECT_EQ(report.postgres->version, "16.2");
  EXPECT_EQ(report.postgres->data_directory, "/pg/data");
  EXPECT_EQ(report.postgres->archiving->last_archived_wal, "000000010000000000000002");
  EXPECT_NEAR(report.postgres->archiving->archived_per_hour, 36, 0.001);
}

TEST_F(Status, OfAPostgresThatIsDownIsAnAnswer) {
  postgres.up = false;
  EXPECT_FALSE(server_status(server).postgres->reachable);
}

TEST_F(Status, OfAPassiveNodeAsksNoPostgres) {
  config.primary_ssh_command = "ssh primary";
  EXPECT_FALSE(server_status(server).postgres);
  EXPECT_EQ(postgres.connections, 0);
}

TEST_F(Status, OfReplicationNeedsPrivileges) {
  postgres.may_monitor = false;
  EXPECT_EQ(failure_of([&] { replication_status(server, {}); }).code(), Errc::refused);
  postgres.may_monitor = true;
  postgres.up = false;
  ServerContext again(global, config, notifier, postgres.connect());
  EXPECT_THAT(failure_of([&] { replication_status(again, {}); }).what(), HasSubstr("Unable to connect to server main"));
}

TEST_F(Status, OfReplicationListsWhoStreams) {
  postgres.answer("pg_stat_replication", {{"7", "streamer", "barman_receive_wal", "10.0.0.1", std::nullopt, "5432",
                                           postgres.time, std::nullopt, "streaming", "0/3000060", "0/3000060",
                                           "0/3000060", std::nullopt, "0", "async", "barman"}});
  const report::ReplicationReport report = replication_status(server, {});
  ASSERT_EQ(report.clients.size(), 1U);
}

TEST_F(Status, FactsAreThoseOfTheServerThatAnswers) {
  const report::Facts facts = live_facts(server);
  EXPECT_EQ(std::get<std::string>(facts.at("wal_level")), "replica");
  postgres.up = false;
  ServerContext again(global, config, notifier, postgres.connect());
  EXPECT_NO_THROW(live_facts(again));
  config.active = false;
  EXPECT_THAT(live_facts(again), IsEmpty());
}

TEST_F(Status, FactsOfTheConfigurationAreDescribedWithThem) {
  const report::ServerFacts facts = describe_server(server);
  EXPECT_EQ(facts.server, "main");
}

TEST_F(Status, ForAPassiveNodeIsWhatTheArchiveHas) {
  archive(1, 3);
  add_backup("20260102T030405", 1);
  const catalog::SyncInfo info = sync_info(server, std::nullopt);
  EXPECT_EQ(info.backups.size(), 1U);
  EXPECT_EQ(failure_of([&] { fetch_primary_info(server, {}); }).code(), Errc::refused);
}

TEST_F(Status, ChecksDecideWhetherABackupMayStart) {
  config.backup_method = config::BackupMethod::local_rsync;
  postgres.settings["data_directory"] = directory.path();
  archive(1, 2);
  EXPECT_NO_THROW(require_ready_for_backup(server));
  postgres.settings["archive_mode"] = "off";
  EXPECT_EQ(failure_of([&] { require_ready_for_backup(server); }).code(), Errc::refused);
}

}  // namespace
}  // namespace barman::app
