#include "barman/config/server_config.h"

#include <gtest/gtest.h>

#include <chrono>
#include <tuple>

namespace barman::config {
namespace {

TEST(ServerConfig, CopiesByRsyncHereAndThere) {
  ServerConfig server;
  for (const auto& [method, by_rsync, by_pg_basebackup] : {
           std::tuple{BackupMethod::rsync, true, false},
           std::tuple{BackupMethod::local_rsync, true, false},
           std::tuple{BackupMethod::postgres, false, true},
           std::tuple{BackupMethod::snapshot, false, false},
           std::tuple{BackupMethod::local_to_cloud, false, false},
       }) {
    server.backup_method = method;
    EXPECT_EQ(server.by_rsync(), by_rsync) << to_string(method);
    EXPECT_EQ(server.by_pg_basebackup(), by_pg_basebackup) << to_string(method);
  }
}

TEST(ServerConfig, StreamsBackupsOrWal) {
  ServerConfig server;
  EXPECT_FALSE(server.streams());
  server.streaming_archiver = true;
  EXPECT_TRUE(server.streams());
  server.streaming_archiver = false;
  server.backup_method = BackupMethod::postgres;
  EXPECT_TRUE(server.streams());
}

TEST(ServerConfig, AsksPostgresOnlyWhereItIsOursToAsk) {
  ServerConfig server;
  EXPECT_TRUE(server.live());
  server.primary_ssh_command = "ssh node";
  EXPECT_FALSE(server.live());
  server.primary_ssh_command.reset();
  server.active = false;
  EXPECT_FALSE(server.live());
}

TEST(ServerConfig, StreamingFallsBackToConninfo) {
  ServerConfig server;
  EXPECT_FALSE(server.conninfo_for_streaming());
  server.conninfo = "host=a";
  EXPECT_EQ(server.conninfo_for_streaming(), "host=a");
  server.streaming_conninfo = "host=a user=streaming";
  EXPECT_EQ(server.conninfo_for_streaming(), "host=a user=streaming");
}

TEST(ServerConfig, WalComesFromElsewhereOnlyWhereAnotherServerIsNamed) {
  ServerConfig server;
  server.conninfo = "host=a";
  EXPECT_FALSE(server.wal_conninfo_override());
  EXPECT_FALSE(server.wal_from_elsewhere());
  server.wal_conninfo = "host=a";
  server.wal_streaming_conninfo = "host=a user=streaming";
  EXPECT_FALSE(server.wal_from_elsewhere());
  server.wal_conninfo = "host=b";
  EXPECT_TRUE(server.wal_from_elsewhere());
  server.wal_conninfo.reset();
  EXPECT_EQ(server.wal_conninfo_override(), "host=a user=streaming");
  EXPECT_TRUE(server.wal_from_elsewhere());
}

TEST(ServerConfig, IsPatientWithoutEndWhereNoLimitIsSet) {
  ServerConfig server;
  EXPECT_EQ(server.patience(), std::chrono::hours(1));
  server.hang_timeout = 0;
  EXPECT_EQ(server.patience(), std::chrono::seconds(0));
  EXPECT_EQ(server.search_path(), "");
  server.path_prefix = "/opt/pg/bin";
  EXPECT_EQ(server.search_path(), "/opt/pg/bin");
}

}  // namespace
}  // namespace barman::config
