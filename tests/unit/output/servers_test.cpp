#include "barman/output/servers.h"

#include <gtest/gtest.h>

#include "recording_writer.h"

namespace barman::report {
namespace {

using output::console_text;
using output::json_of;

StatusReport minimal_status() {
  StatusReport report;
  report.server = "main";
  return report;
}

TEST(Status, OfAServerThatIsNotAsked) {
  StatusReport report = minimal_status();
  report.passive = true;
  report.primary_ssh_command = "ssh p";
  report.minimum_redundancy = 1;
  EXPECT_EQ(
      console_text(report),
      "Server main:\n\tActive: True\n\tDisabled: False\n\tActive configuration model: None\n\tPassive node: True\n"
      "\tRetention policies: not enforced\n\tNo. of available backups: 0\n\tFirst available backup: None\n"
      "\tLast available backup: None\n\tMinimum redundancy requirements: FAILED (0/1)\n"
      "\tSSH command to primary server: ssh p\n");
}

TEST(Status, OfALivingServer) {
  StatusReport report = minimal_status();
  report.retention_policy = "REDUNDANCY 2";
  report.retention_mode = "auto";
  report.wal_retention_policy = "MAIN";
  report.postgres = PostgresStatus{.reachable = true,
                                   .version = "15.20",
                                   .in_recovery = false,
                                   .data_bytes = 2048,
                                   .data_directory = "/data",
                                   .current_segment = "000000010000000000000001",
                                   .archiving = {}};
  report.postgres->archiving = ArchivingStatus{.archive_command = "cp",
                                               .last_archived_wal = "000000010000000000000001",
                                               .last_archived_time = Timestamp{0, 0},
                                               .failed_count = 2,
                                               .last_failed_wal = "000000010000000000000002",
                                               .last_failed_time = Timestamp{0, 3600},
                                               .archived_per_hour = 1.234};
  const std::string text = console_text(report);
  for (const char* line :
       {"\tPostgreSQL version: 15.20\n", "\tCluster state: in production\n", "\tCurrent data size: 2.0 KiB\n",
        "\tPostgreSQL Data directory: /data\n", "\tCurrent WAL segment: 000000010000000000000001\n",
        "\tPostgreSQL 'archive_command' setting: cp\n",
        "\tLast archived WAL: 000000010000000000000001, at Thu Jan  1 00:00:00 1970\n",
        "\tFailures of WAL archiver: 2 (000000010000000000000002 at Thu Jan  1 01:00:00 1970)\n",
        "\tServer WAL archiving rate: 1.23/hour\n",
        "\tRetention policies: enforced (mode: auto, retention: REDUNDANCY 2, WAL retention: MAIN)\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  EXPECT_EQ(
      json_of(report)["main"]["failed_count"].dump(),
      R"-({"description":"Failures of WAL archiver","message":"2 (000000010000000000000002 at Thu Jan  1 01:00:00 1970)"})-");
}

TEST(Status, OfAServerThatDoesNotAnswer) {
  StatusReport report = minimal_status();
  report.postgres = PostgresStatus{};
  const std::string text = console_text(report);
  EXPECT_NE(text.find("\tPostgreSQL version: FAILED trying to get PostgreSQL version\n"), std::string::npos);
  EXPECT_EQ(text.find("Cluster state"), std::string::npos);
}

TEST(Status, OfAnArchiverThatHasDoneNothing) {
  StatusReport report = minimal_status();
  report.postgres = PostgresStatus{};
  report.postgres->reachable = true;
  report.postgres->archiving = ArchivingStatus{};
  const std::string text = console_text(report);
  EXPECT_NE(text.find("setting: FAILED (please set it accordingly to documentation)\n"), std::string::npos);
  EXPECT_NE(text.find("\tLast archived WAL: No WAL segment shipped yet\n\tFailures of WAL archiver: 0\n\tPassive"),
            std::string::npos);
}

ReplicationClient standby() {
  ReplicationClient client;
  client.pid = 12;
  client.user_name = "u";
  client.application_name = "walreceiver";
  client.state = "streaming";
  client.sync_state = "sync";
  client.sync_priority = 1;
  client.address = "10.0.0.1";
  client.port = 5;
  client.started_at = Timestamp{0, 0};
  client.sent = client.write = Lsn{256};
  client.flush = client.replay = Lsn{128};
  return client;
}

ReplicationReport replication(std::vector<ReplicationClient> clients) {
  ReplicationReport report;
  report.server = "main";
  report.current = Lsn{256};
  report.clients = std::move(clients);
  return report;
}

TEST(Replication, InFull) {
  ReplicationClient streamer = standby();
  streamer.replay.reset();
  streamer.address.reset();
  streamer.sync_state = "async";
  streamer.sync_priority = 0;
  streamer.slot_name = "s";
  EXPECT_EQ(
      console_text(replication({standby(), streamer})),
      "Status of streaming clients for server 'main':\n  Current LSN on master: 0/100\n  Number of streaming clients: "
      "2\n"
      "\n  1. #1 Sync standby\n     Application name: walreceiver\n     Sync stage      : 3/5 Remote write\n"
      "     Communication   : TCP/IP\n     IP Address      : 10.0.0.1 / Port: 5 / Host: -\n     User name       : u\n"
      "     Current state   : streaming (sync)\n     WAL sender PID  : 12\n     Started at      : 1970-01-01 "
      "00:00:00+00:00\n"
      "     Sent LSN   : 0/100 (diff: 0 B)\n     Write LSN  : 0/100 (diff: 0 B)\n     Flush LSN  : 0/80 (diff: -128 "
      "B)\n"
      "     Replay LSN : 0/80 (diff: -128 B)\n"
      "\n  2. Async WAL streamer\n     Application name: walreceiver\n     Sync stage      : 3/3 Remote write\n"
      "     Communication   : Unix domain socket\n     User name       : u\n     Current state   : streaming (async)\n"
      "     Replication slot: s\n     WAL sender PID  : 12\n     Started at      : 1970-01-01 00:00:00+00:00\n"
      "     Sent LSN   : 0/100 (diff: 0 B)\n     Write LSN  : 0/100 (diff: 0 B)\n     Flush LSN  : 0/80 (diff: -128 "
      "B)\n");
}

TEST(Replication, InShort) {
  ReplicationReport report = replication({standby()});
  report.minimal = true;
  EXPECT_EQ(console_text(report),
            "Streaming clients for master 'main' (LSN @ 0/100):\n  1. S) u@10.0.0.1 S:0/100 F:0/80 R:0/80 P:1 "
            "AN:walreceiver\n");
  report.clients.front().replay.reset();
  report.clients.front().address.reset();
  report.target = ReplicationTarget::wal_streamer;
  EXPECT_EQ(console_text(report),
            "Wal streamers for master 'main' (LSN @ 0/100):\n  1. W) u@socket S:0/100 W:0/100 P:1 AN:walreceiver\n");
}

TEST(Replication, OfAServerThatDidNotAnswerIsEmpty) {
  ReplicationReport report = replication({});
  report.reached = false;
  EXPECT_EQ(console_text(report), "");
  EXPECT_EQ(json_of(report).dump(), R"({"main":{}})");
}

TEST(Replication, WithoutClients) {
  ReplicationReport report = replication({});
  report.target = ReplicationTarget::hot_standby;
  EXPECT_EQ(console_text(report),
            "Status of hot standby servers for server 'main':\n  Current LSN on master: 0/100\n  No hot standby "
            "servers attached\n");
  EXPECT_EQ(
      json_of(report).dump(),
      R"-({"main":{"hot_standby_servers":[],"server_lsn":"0/100","standby_info":"No hot standby servers attached"}})-");
}

TEST(Replication, AsJson) {
  const nlohmann::json client = json_of(replication({standby()}))["main"]["streaming_clients"][0];
  EXPECT_EQ(client["name"], "#1 Sync standby");
  EXPECT_EQ(client["host"], nullptr);
  EXPECT_EQ(client["flush_lsn_diff_bytes"], -128);
  EXPECT_EQ(client["flush_lsn_diff"], "-128 B");
  EXPECT_EQ(client["sync_stage"], "3/5 Remote write");
}

TEST(Processes, AreListed) {
  ProcessList list;
  list.server = "main";
  EXPECT_EQ(console_text(list), "No active subprocesses found for server main.\n");
  EXPECT_EQ(json_of(list).dump(), R"-({"main":[]})-");
  list.items = {{"receive-wal", 7}};
  EXPECT_EQ(console_text(list), "Active subprocesses for server main:\n7 receive-wal\n");
  EXPECT_EQ(json_of(list).dump(), R"-({"main":[{"name":"receive-wal","pid":7}]})-");
}

}  // namespace
}  // namespace barman::report
