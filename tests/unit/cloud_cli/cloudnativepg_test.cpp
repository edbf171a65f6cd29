// The command lines that CloudNativePG and its plugin run, argument for argument: each has to be understood.
#include "command.h"
#include "stored_backups.h"

namespace barman::cloud::cli {
namespace {

struct LineCase {
  const char* label;
  const char* program;
  std::vector<std::string> words;
};
class CloudNativePg : public StoredBackups, public testing::WithParamInterface<LineCase> {};

// With -t behind them, for which nothing but the command line and the bucket is looked at.
TEST_P(CloudNativePg, IsUnderstood) {
  std::vector<std::string> words = GetParam().words;
  words.emplace_back("-t");
  EXPECT_EQ(run(GetParam().program, words), 0) << err;
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(err, "");
}

INSTANTIATE_TEST_SUITE_P(
    Lines, CloudNativePg,
    testing::Values(
        LineCase{"backup",
                 "backup",
                 {"--user",
                  "postgres",
                  "--name",
                  "backup-20261128112556",
                  "--gzip",
                  "--encryption",
                  "AES256",
                  "--immediate-checkpoint",
                  "--jobs",
                  "2",
                  "--min-chunk-size=5MB",
                  "--tags",
                  "backup,one",
                  "team,two",
                  "--endpoint-url",
                  "http://minio:9000",
                  "--cloud-provider",
                  "aws-s3",
                  "s3://backups/",
                  "cluster-example"}},
        LineCase{
            "backup_azure",
            "backup",
            {"--user", "postgres", "--name", "b", "--lz4", "--cloud-provider", "azure-blob-storage", "--credential",
             "managed-identity", "https://account.blob.core.windows.net/backups", "cluster-example"}},
        LineCase{"backup_google",
                 "backup",
                 {"--user", "postgres", "--name", "b", "--zstd", "--cloud-provider", "google-cloud-storage",
                  "gs://backups/path", "cluster-example"}},
        LineCase{"list",
                 "backup-list",
                 {"--format", "json", "--endpoint-url", "http://minio:9000", "--cloud-provider", "aws-s3",
                  "s3://backups/", "cluster-example"}},
        LineCase{"show",
                 "backup-show",
                 {"--format", "json", "--endpoint-url", "http://minio:9000", "--cloud-provider", "aws-s3",
                  "s3://backups/", "cluster-example", "backup-20261128112556"}},
        LineCase{"delete",
                 "backup-delete",
                 {"--endpoint-url", "http://minio:9000", "--cloud-provider", "aws-s3", "--retention-policy",
                  "RECOVERY WINDOW OF 30 DAYS", "s3://backups/", "cluster-example"}},
        LineCase{"wal_archive",
                 "wal-archive",
                 {"--gzip", "-e", "AES256", "--read-timeout=60", "--endpoint-url", "http://minio:9000", "--tags", "a,b",
                  "--history-tags", "c,d", "--cloud-provider", "aws-s3", "s3://backups/", "cluster-example",
                  "pg_wal/000000010000000000000001"}},
        LineCase{"wal_archive_xz",
                 "wal-archive",
                 {"--xz", "--cloud-provider", "google-cloud-storage", "gs://backups/", "cluster-example",
                  "/var/lib/postgresql/data/pgdata/pg_wal/00000002.history"}},
        LineCase{
            "check_wal_archive",
            "check-wal-archive",
            {"--endpoint-url", "http://minio:9000", "--cloud-provider", "aws-s3", "s3://backups/", "cluster-example"}},
        LineCase{"wal_restore",
                 "wal-restore",
                 {"--endpoint-url", "http://minio:9000", "--cloud-provider", "aws-s3", "s3://backups/",
                  "cluster-example", "--read-timeout=60", "000000010000000000000001", "pg_wal/RECOVERYXLOG"}},
        LineCase{"restore",
                 "restore",
                 {"--cloud-provider", "aws-s3", "--endpoint-url", "http://minio:9000", "--read-timeout=60",
                  "s3://backups/", "cluster-example", "20261128T112556", "/var/lib/postgresql/data/pgdata"}}),
    [](const auto& row) { return std::string(row.param.label); });

// What it reads: the keys of an entry, and the statuses.
TEST_F(StoredBackups, GiveCloudNativePgWhatItReads) {
  store_backup(backup("20261128T112556", 3));
  EXPECT_EQ(run("backup-list", {"--format", "json", "--cloud-provider", "aws-s3", "s3://backups/", "main"}), 0);
  for (const char* key : {"backup_id", "backup_label", "begin_time", "begin_time_iso", "end_time", "end_time_iso",
                          "begin_wal", "end_wal", "begin_xlog", "end_xlog", "systemid", "error", "timeline"})
    EXPECT_NE(out.find(fmt::format("\"{}\": ", key)), std::string::npos) << key;
  EXPECT_NE(out.find("\"timeline\": 1,"), std::string::npos) << out;
  const std::string missing = wal(9);
  const std::vector<std::string> tail = {"s3://backups/", "main"};
  EXPECT_EQ(run("wal-restore", {tail[0], tail[1], missing, directory.path() + "/x"}), 1);
  EXPECT_EQ(run("wal-restore", {tail[0], tail[1], "nonsense", directory.path() + "/x"}), 3);
  put(wal_key(missing), "no segment");
  EXPECT_EQ(run("wal-restore", {tail[0], tail[1], missing, directory.path() + "/x"}), 4);
  EXPECT_EQ(run("backup", {"--nonsense"}), 3);
}

}  // namespace
}  // namespace barman::cloud::cli
