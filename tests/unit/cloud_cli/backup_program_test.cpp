#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program_fixture.h"

namespace barman::cloud::cli {
namespace {

using testing::HasSubstr;

class BackupProgram : public ProgramTest {};

struct RefusalCase {
  const char* label;
  const char* program;
  std::vector<std::string> words;
  int status;
  const char* want;
};
class RefusedCommandLine : public ProgramTest, public testing::WithParamInterface<RefusalCase> {};

TEST_P(RefusedCommandLine, SaysWhy) {
  EXPECT_EQ(run(GetParam().program, GetParam().words), GetParam().status);
  EXPECT_THAT(err, HasSubstr(GetParam().want));
  EXPECT_TRUE(keys().empty());
}

constexpr const char* url = "s3://lab/pg";
const std::vector<std::string> no_server = {url, "main", "-d", "host=/nowhere port=1 dbname=x"};

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more = no_server) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

INSTANTIATE_TEST_SUITE_P(
    Words, RefusedCommandLine,
    testing::Values(
        RefusalCase{"size", "backup", with({"-S", "foo"}), 3,
                    "argument -S/--max-archive-size: 'FOO' is not a valid size string"},
        RefusalCase{"jobs", "backup", with({"-J", "0"}), 3, "argument -J/--jobs: '0' is not a valid positive integer"},
        RefusalCase{"two_compressions", "backup", with({"-z", "--zstd"}), 3, "not allowed with argument"},
        RefusalCase{"name", "backup", with({"-n", "first"}), 3,
                    "argument -n/--name: Backup name 'first' is not allowed: reserved word"},
        RefusalCase{"tag", "backup", with({"--tag", "a"}), 3, "argument --tag: invalid check_tag value: 'a'"},
        RefusalCase{"tags", "backup", with({"--tags", "a"}, {"--", url, "main"}), 3, "Invalid tag format: a"},
        RefusalCase{"same_tag", "backup", with({"--tag", "a,1", "--tag", "a,2"}), 4,
                    "Barman cloud backup exception: Duplicate tag keys found: a. Tag keys must be unique."},
        RefusalCase{"snapshot_compressed", "backup", with({"--snapshot-disk", "d", "-z"}), 4,
                    "Compression options cannot be used with snapshot backups"},
        RefusalCase{"snapshot_incomplete", "backup", with({"--snapshot-instance", "i"}), 4,
                    "Incomplete options for snapshot backup - missing: snapshot_disks"},
        RefusalCase{"snapshot_lock", "backup",
                    with({"--snapshot-disk", "d", "--snapshot-instance", "i", "--aws-snapshot-lock-mode", "governance",
                          "--aws-snapshot-lock-cool-off-period", "5"}),
                    4,
                    "'aws_snapshot_lock_mode' = 'governance' cannot be used with 'aws_snapshot_lock_cool_off_period'"},
        RefusalCase{"snapshot", "backup", with({"--snapshot-disk", "d", "--snapshot-instance", "i"}), 4,
                    "not supported by this build"},
        RefusalCase{"lock_duration", "backup", with({"--aws-snapshot-lock-duration", "0"}), 3,
                    "invalid check_aws_snapshot_lock_duration_range value: '0'"},
        RefusalCase{"lock_date", "backup", with({"--aws-snapshot-lock-expiration-date", "foo"}), 3,
                    "Invalid date: 'foo'. Expected format is '%Y-%m-%dT%H:%M:%S.%fZ'."},
        RefusalCase{"no_postgres", "backup", with({}), 1, "Cannot connect to postgres: "},
        RefusalCase{"rule",
                    "restore",
                    {"--tablespace", "foo", url, "main", "latest", "/nowhere/x"},
                    3,
                    "invalid tablespace relocation rule 'foo'"},
        RefusalCase{"timeline_word",
                    "restore",
                    {"--target-tli", "foo", url, "main", "auto", "/nowhere/x"},
                    3,
                    "argument --target-tli: 'foo' is not a valid input"},
        RefusalCase{"timeline_zero",
                    "restore",
                    {"--target-tli", "0", url, "main", "auto", "/nowhere/x"},
                    3,
                    "argument --target-tli: '0' is not a valid positive integer"},
        RefusalCase{"two_targets",
                    "restore",
                    {"--target-time", "x", "--target-lsn", "0/1", url, "main", "auto", "/nowhere/x"},
                    3,
                    "not allowed with argument"},
        RefusalCase{"time",
                    "restore",
                    {"--target-time", "foo", url, "main", "auto", "/nowhere/x"},
                    4,
                    "Unable to parse the target time parameter 'foo'"},
        RefusalCase{"no_candidate",
                    "restore",
                    {url, "main", "auto", "/nowhere/x"},
                    1,
                    "Cannot find any candidate backup for recovery."},
        RefusalCase{"unknown_id",
                    "restore",
                    {url, "main", "20260101T000000", "/nowhere/x"},
                    1,
                    "Backup 20260101T000000 for server main does not exist"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(BackupProgram, OpensTheStoreAsToldTo) {
  EXPECT_EQ(run("backup", with({"-e", "aws:kms", "--sse-kms-key-id", "k", "--max-bandwidth", "1MB"})), 1);
  EXPECT_EQ(opened_with.encryption, "aws:kms");
  EXPECT_EQ(opened_with.kms_key_id, "k");
  EXPECT_EQ(opened_with.bytes_per_second, 1u << 20);
}

}  // namespace
}  // namespace barman::cloud::cli
