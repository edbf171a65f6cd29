#include "pg_basebackup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "barman/core/text.h"

namespace barman::backup {

namespace {

using config::BackupFormat;
using config::BackupLocation;
using config::ServerConfig;

PgBasebackupCall call(int client_major) {
  PgBasebackupCall call;
  call.program = "/bin/pg_basebackup";
  call.client_major = client_major;
  call.connection = "host=pg replication=true application_name=barman_streaming_backup";
  call.data_directory = "/b/B/data";
  return call;
}

TEST(PgBasebackupArguments, InTheirOrder) {
  PgBasebackupCall full = call(15);
  full.tablespaces = {{"/ts1", "/b/B/16384"}, {"/with=sign", "/b/B/16385"}};
  full.bandwidth_limit = 100000;
  full.parent_manifest = "/b/P/data/backup_manifest";
  full.immediate_checkpoint = true;
  ServerConfig config;
  config.backup_compression = "zstd";
  config.backup_compression_location = BackupLocation::client;
  config.backup_compression_level = 3;
  config.backup_compression_workers = 2;
  config.warehousepg_dbid = 7;
  EXPECT_THAT(
      pg_basebackup_arguments(full, config),
      testing::ElementsAre("/bin/pg_basebackup", "--dbname=" + full.connection, "-v", "--no-password",
                           "--pgdata=/b/B/data", "--target-gp-dbid=7", "--no-slot", "--wal-method=none",
                           "--tablespace-mapping=/ts1=/b/B/16384", "--tablespace-mapping=/with\\=sign=/b/B/16385",
                           "--max-rate=100000", "--incremental=/b/P/data/backup_manifest", "--checkpoint=fast",
                           "--format=tar", "--compress=client-zstd:level=3,workers=2"));
}

struct CompressionCase {
  const char* label;
  int client;
  std::optional<std::string> algorithm;
  std::optional<BackupFormat> format;
  std::optional<BackupLocation> location;
  std::optional<std::int64_t> level, workers;
  std::string want;  // what follows --wal-method=none
};

ServerConfig config_of(const CompressionCase& row) {
  ServerConfig config;
  config.backup_compression = row.algorithm;
  config.backup_compression_format = row.format;
  config.backup_compression_location = row.location;
  config.backup_compression_level = row.level;
  config.backup_compression_workers = row.workers;
  return config;
}

class CompressionArguments : public testing::TestWithParam<CompressionCase> {};

TEST_P(CompressionArguments, FollowVersionAndOptions) {
  auto argv = pg_basebackup_arguments(call(GetParam().client), config_of(GetParam()));
  std::erase_if(argv, [](const std::string& word) {
    return !word.starts_with("--format") && !word.starts_with("--compress") && word != "--gzip";
  });
  EXPECT_EQ(join(argv, " "), GetParam().want);
}

constexpr std::nullopt_t no = std::nullopt;

INSTANTIATE_TEST_SUITE_P(
    Options, CompressionArguments,
    testing::Values(CompressionCase{"none_configured", 15, no, no, no, 3, no, ""},
                    CompressionCase{"format_alone", 15, no, BackupFormat::plain, no, no, no, ""},
                    CompressionCase{"none", 15, "none", no, no, no, no, "--format=tar --compress=none"},
                    CompressionCase{"server_none_plain", 15, "none", BackupFormat::plain, BackupLocation::server, no,
                                    no, "--format=plain --compress=server-none"},
                    CompressionCase{"gzip_level", 15, "gzip", no, no, 5, no, "--format=tar --compress=gzip:level=5"},
                    CompressionCase{"workers_alone", 17, "zstd", BackupFormat::tar, BackupLocation::server, no, 3,
                                    "--format=tar --compress=server-zstd:workers=3"},
                    CompressionCase{"old_gzip", 14, "gzip", no, no, no, no, "--format=tar --gzip"},
                    CompressionCase{"old_gzip_level", 13, "gzip", no, no, 5, no, "--format=tar --compress=5 --gzip"},
                    CompressionCase{"old_none", 10, "none", no, no, no, no, "--format=tar --compress=0"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(BasebackupPhase, IsToldByTheLinesOfPgBasebackup) {
  EXPECT_EQ(phase_begun_by("pg_basebackup: initiating base backup, waiting for checkpoint to complete"),
            BasebackupPhase::checkpoint);
  EXPECT_EQ(phase_begun_by("pg_basebackup: checkpoint completed"), BasebackupPhase::copying);
  EXPECT_EQ(phase_begun_by("NOTICE:  base backup done, waiting for required WAL segments to be archived"),
            BasebackupPhase::archiving);
  EXPECT_EQ(phase_begun_by("pg_basebackup: syncing data to disk ..."), BasebackupPhase::syncing);
}

TEST(BasebackupPhase, OtherLinesBeginNone) {
  EXPECT_EQ(phase_begun_by("pg_basebackup: write-ahead log start point: 0/2000028 on timeline 1"), std::nullopt);
  EXPECT_EQ(phase_begun_by("pg_basebackup: base backup completed"), std::nullopt);
  EXPECT_EQ(phase_begun_by(""), std::nullopt);
}

}  // namespace

}  // namespace barman::backup
