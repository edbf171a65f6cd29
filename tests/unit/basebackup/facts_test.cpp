#include "barman/basebackup/facts.h"

#include <gtest/gtest.h>

#include "fakes/postgres.h"

namespace barman::basebackup {
namespace {

TEST(Facts, DescribeTheCluster) {
  fakes::FakePostgres fake;
  postgres::Server server("", {}, fake.connect());
  catalog::BackupInfo info;
  collect_location(info, server);
  collect_tablespaces(info, server, "test");
  EXPECT_EQ(info.pgdata, "/pg/data");
  EXPECT_EQ(info.config_file, "/pg/postgresql.conf");
  EXPECT_EQ(info.version, 160002);
  EXPECT_EQ(info.data_checksums, "on");
}

TEST(Facts, NameTheRoleThatIsMissing) {
  fakes::FakePostgres fake;
  fake.settings.erase("data_directory");
  postgres::Server server("", {}, fake.connect());
  catalog::BackupInfo info;
  try {
    collect_location(info, server);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "grant it the role pg_read_all_settings");
  }
}

TEST(Facts, SayWhereABackupBeginsAndEnds) {
  catalog::BackupInfo info;
  EXPECT_EQ(describe_begin(info), "None");
  set_begin(info, *parse_lsn("0/37000028"), 2, {});
  set_end(info, *parse_lsn("0/37000100"), 2, {});
  EXPECT_EQ(describe_begin(info), "0/37000028 (000000020000000000000037, 00000028)");
  EXPECT_EQ(describe_end(info), "0/37000100 (000000020000000000000037, 00000100)");
  EXPECT_EQ(info.timeline, 2);
}

TEST(Facts, TheEndOnABoundaryIsInTheSegmentThatEndsThere) {
  catalog::BackupInfo info;
  info.xlog_segment_size = 16 * 1024 * 1024;
  set_end(info, *parse_lsn("1/00000000"), 2, {});
  EXPECT_EQ(describe_end(info), "1/0 (0000000200000000000000FF, 00000000)");
}

struct VersionCase {
  const char* label;
  std::int64_t version;
  const char* want;
};
class MajorVersion : public testing::TestWithParam<VersionCase> {};
TEST_P(MajorVersion, IsThatOfTablespaceDirectories) {
  catalog::BackupInfo info;
  info.version = GetParam().version;
  EXPECT_EQ(major_version_text(info), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(Versions, MajorVersion,
                         testing::Values(VersionCase{"before_10", 90624, "9.6"}, VersionCase{"now", 150018, "15"}),
                         [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::basebackup
