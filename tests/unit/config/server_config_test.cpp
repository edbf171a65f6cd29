#include "barman/config/server_config.h"

#include <gmock/gmock.h>
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

TEST(ServerConfig, IsDisabledByAnyFault) {
  ServerConfig server;
  EXPECT_FALSE(server.disabled());
  server.faults = {{"path"}, {"connection", Fault::Kind::connection}};
  EXPECT_TRUE(server.disabled());
  EXPECT_TRUE(server.has_fault(Fault::Kind::connection));
  EXPECT_FALSE(server.has_fault(Fault::Kind::streaming_connection));
  EXPECT_EQ(server.fault_texts(), (std::vector<std::string>{"path", "connection"}));
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

struct Case {
  const char* label;
  int client;
  std::optional<std::string> algorithm;
  std::optional<BackupFormat> format;
  std::optional<BackupLocation> location;
  std::optional<std::int64_t> level, workers;
  std::string want;
};

ServerConfig config_of(const Case& row) {
  ServerConfig config;
  config.backup_compression = row.algorithm;
  config.backup_compression_format = row.format;
  config.backup_compression_location = row.location;
  config.backup_compression_level = row.level;
  config.backup_compression_workers = row.workers;
  return config;
}

constexpr std::nullopt_t no = std::nullopt;

class BackupCompressionProblem : public testing::TestWithParam<Case> {};

TEST_P(BackupCompressionProblem, IsToldAsTheReferenceDoes) {
  const auto problem = backup_compression_problem(config_of(GetParam()), GetParam().client, 15);
  EXPECT_EQ(problem.value_or(""), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Options, BackupCompressionProblem,
    testing::Values(
        Case{"nothing_configured", 15, no, BackupFormat::plain, no, 99, 3, ""},
        Case{"fine", 15, "zstd", no, no, 22, 3, ""},
        Case{"plain_needs_server", 15, "gzip", BackupFormat::plain, no, no, no,
             "backup_compression_format plain is not compatible with backup_compression_location None"},
        Case{"plain_on_client", 15, "gzip", BackupFormat::plain, BackupLocation::client, no, no,
             "backup_compression_format plain is not compatible with backup_compression_location client"},
        Case{"gzip_default_level", 15, "gzip", no, no, -1, no, ""},
        Case{"gzip_0", 15, "gzip", no, no, 0, no,
             "backup_compression_level 0 unsupported by compression algorithm. gzip expects a compression level "
             "between 1 and 9 (-1 will use default compression level).\nIf you need to create an archive not "
             "compressed, you should set `backup_compression = none`."},
        Case{"gzip_0_before_15", 14, "gzip", no, no, 0, no, ""},
        Case{"gzip_10", 15, "gzip", no, no, 10, no,
             "backup_compression_level 10 unsupported by compression algorithm. gzip expects a compression level "
             "between 1 and 9 (-1 will use default compression level)."},
        Case{"lz4_0", 15, "lz4", no, no, 0, no, ""},
        Case{"lz4_13", 15, "lz4", no, no, 13, no,
             "backup_compression_level 13 unsupported by compression algorithm. lz4 expects a compression level "
             "between 1 and 12 (0 will use default compression level)."},
        Case{"zstd_23", 15, "zstd", no, no, 23, no,
             "backup_compression_level 23 unsupported by compression algorithm. 'zstd' expects a compression "
             "level between -131072 and 22 (3 will use default compression level)."},
        Case{"none_1", 15, "none", no, no, 1, no, "backup_compression none only supports backup_compression_level 0."},
        Case{"workers_gzip", 15, "gzip", no, no, no, 1,
             "backup_compression_workers is not compatible with compression gzip"},
        Case{"workers_lz4", 15, "lz4", no, no, no, 1,
             "backup_compression_workers is not compatible with compression lz4."},
        Case{"workers_none", 15, "none", no, no, no, 1,
             "backup_compression_workers is not compatible with compression 'none'."},
        Case{"workers_negative", 15, "zstd", no, no, no, -1,
             "backup_compression_workers should be a positive integer: '-1' is invalid."},
        Case{"old_client_zstd", 14, "zstd", no, no, no, no,
             "backup_compression = zstd requires pg_basebackup 15 or greater"},
        Case{"old_client_server_side", 14, "gzip", no, BackupLocation::server, no, no,
             "backup_compression_location = server requires pg_basebackup 15 or greater"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(BackupCompressionProblem, KnowsOldServers) {
  ServerConfig config;
  config.backup_compression = "gzip";
  config.backup_compression_location = BackupLocation::server;
  EXPECT_EQ(backup_compression_problem(config, 15, 14),
            "backup_compression_location = server requires PostgreSQL 15 or greater");
  EXPECT_EQ(backup_compression_problem(config, 0, 0), std::nullopt);
}

}  // namespace

}  // namespace barman::config
