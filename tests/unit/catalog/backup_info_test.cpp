#include "barman/catalog/backup_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "barman/core/error.h"

namespace barman::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string read_data(const std::string& name) {
  std::ifstream file(std::string(BARMAN_TEST_DATA "/catalog/") + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

BackupInfo parse(const std::string& text) { return parse_backup_info(text, "x/backup.info", "20261121T092358"); }

Error error_of(const std::string& text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error;
  }
  return {Errc::io, ""};
}
std::string failure_of(const std::string& text) { return error_of(text).what(); }

// Files written by Barman 3.20.1.
class RecordedFile : public testing::TestWithParam<const char*> {};

TEST_P(RecordedFile, IsWrittenBackByteForByte) {
  const std::string text = read_data(GetParam());
  ASSERT_FALSE(text.empty());
  EXPECT_EQ(serialize(parse(text)), text);
}

INSTANTIATE_TEST_SUITE_P(Files, RecordedFile,
                         testing::Values("rsync-named.info", "postgres-gzip.info", "failed.info", "unusual.info"));

TEST(BackupInfoFile, GivesEveryFieldItsValue) {
  const BackupInfo info = parse(read_data("rsync-named.info"));
  EXPECT_EQ(info.backup_id, "20261121T092358");
  EXPECT_EQ(info.server_name, "main");
  EXPECT_EQ(info.status, BackupStatus::done);
  EXPECT_EQ(info.backup_name, "weekly-main");
  EXPECT_EQ(info.type(), BackupType::rsync);
  EXPECT_EQ(info.begin_wal, "00000001000000000000000D");
  EXPECT_EQ(info.begin_offset, 40);
  EXPECT_EQ(to_python(*info.end_time), "2026-11-21 09:24:11.717148+00:00");
  EXPECT_EQ(info.tablespaces, (std::vector<Tablespace>{{"tbs1", 16384, "/srv/ts1"}}));
  EXPECT_EQ(info.error, std::nullopt);
  EXPECT_EQ(info.size, 26982198);
  EXPECT_EQ(info.major_version(), 15);
  ASSERT_TRUE(info.copy_stats);
  EXPECT_EQ(info.copy_stats->number_of_workers, 1);
  EXPECT_DOUBLE_EQ(info.copy_stats->copy_time.value(), 0.408488);
  EXPECT_THAT(info.copy_stats->analysis_time_per_item.value(),
              ElementsAre(testing::Pair("tbs1", 0.14039), testing::Pair("pgdata", 0.255092)));
  EXPECT_THAT(info.backup_label.value(), HasSubstr("\nSTART TIMELINE: 1\n"));
}

TEST(BackupInfoFile, KeepsUnusualTextAndOffsets) {
  const BackupInfo info = parse(read_data("unusual.info"));
  EXPECT_EQ(info.backup_name, "caf\xc3\xa9 = 1");
  EXPECT_EQ(info.begin_time->offset, -12 * 3600);
  EXPECT_EQ(info.tablespaces->at(1).name, "both ' and \"");
  EXPECT_EQ(info.tablespaces->at(2).name, "tab\tnl\n\\");
  EXPECT_EQ(info.tablespaces->at(2).oid, 4294967295);
  EXPECT_THAT(info.children(), ElementsAre("20261121T092428", "20261121T093000"));
}

TEST(BackupInfoFile, WritesAFreshEntryWithEveryField) {
  BackupInfo info;
  info.backup_id = "20261121T092358";
  info.server_name = "main";
  info.mode = "postgres";
  EXPECT_EQ(
      serialize(info),
      "backup_label=None\nbegin_offset=None\nbegin_time=None\nbegin_wal=None\nbegin_xlog=None\n"
      "children_backup_ids=None\ncluster_size=None\ncompression=None\nconfig_file=None\ncopy_stats=None\n"
      "data_checksums=None\ndeduplicated_size=None\nencryption=None\nend_offset=None\nend_time=None\nend_wal=None\n"
      "end_xlog=None\nerror=None\nhba_file=None\nident_file=None\nincluded_files=None\nmode=postgres\n"
      "parent_backup_id=None\npgdata=None\nserver_name=main\nsize=None\nstatus=EMPTY\nsummarize_wal=None\n"
      "systemid=None\ntablespaces=None\ntimeline=None\nversion=None\nxlog_segment_size=16777216\n");
}

TEST(BackupInfoFile, WritesCopyStatisticsInTheOrderOfTheMethod) {
  BackupInfo info;
  info.copy_stats = CopyStats{};
  info.copy_stats->copy_time = 1.5;
  info.copy_stats->total_time = 2;
  EXPECT_THAT(serialize(info), HasSubstr("copy_stats={'copy_time': 1.5, 'total_time': 2.0}\n"));
  info.copy_stats->number_of_workers = 4;
  info.copy_stats->analysis_time = 0.25;
  info.copy_stats->serialized_copy_time = 3;
  info.copy_stats->analysis_time_per_item = CopyStats::PerItem{{"pgdata", 0.25}};
  info.copy_stats->copy_time_per_item = CopyStats::PerItem{{"pgdata", 1}, {"pg_control", 0.5}};
  info.copy_stats->serialized_copy_time_per_item = CopyStats::PerItem{};
  EXPECT_THAT(
      serialize(info),
      HasSubstr("copy_stats={'total_time': 2.0, 'number_of_workers': 4, 'analysis_time_per_item': {'pgdata': 0.25}, "
                "'copy_time_per_item': {'pgdata': 1.0, 'pg_control': 0.5}, 'serialized_copy_time_per_item': {}, "
                "'analysis_time': 0.25, 'copy_time': 1.5, 'serialized_copy_time': 3.0}\n"));
}

TEST(BackupInfoFile, NeverWritesATextThatBreaksItsLine) {
  BackupInfo info;
  info.error = "first\nsecond\r\nthird";
  EXPECT_THAT(serialize(info), HasSubstr("error=first second  third\n"));
}

TEST(BackupInfoFile, SkipsBlankLinesAndCommentsAndTakesTheLastOfDuplicates) {
  const BackupInfo info = parse("\n# size=1\nsize = 2\n  \t\nsize=3 \r\nstatus=None\nmode=\n");
  EXPECT_EQ(info.size, 3);
  EXPECT_EQ(info.status, BackupStatus::empty);
  EXPECT_EQ(info.mode, "");
}

TEST(BackupInfoFile, DoesNotReadAValueThatALaterLineReplaces) { EXPECT_EQ(parse("size=abc\nsize=4\n").size, 4); }

TEST(BackupInfoFile, KeepsAStatusWordItDoesNotKnow) {
  const BackupInfo info = parse("status=RESTING\n");
  EXPECT_EQ(info.status, BackupStatus::unknown);
  EXPECT_FALSE(info.copy_done());
  EXPECT_THAT(serialize(info), HasSubstr("status=RESTING\n"));
}

TEST(BackupInfoFile, ToleratesTheIdAsAFieldWithoutBelievingIt) {
  EXPECT_EQ(parse("backup_id=other\n").backup_id, "20261121T092358");
}

TEST(BackupInfoFile, TakesTheLabelOfAPassiveCopyAsItIs) {
  const std::string line = "backup_label=\"'START WAL LOCATION: 0/D000028\\\\n'\"\n";
  const BackupInfo info = parse(line);
  EXPECT_EQ(info.backup_label, "'START WAL LOCATION: 0/D000028\\n'");
  EXPECT_THAT(serialize(info), HasSubstr(line));
}

TEST(BackupInfoFile, ReadsListsWhereTuplesAreExpected) {
  EXPECT_EQ(parse("tablespaces=[['a', 1, '/b'], ('c', 2, '/d')]\n").tablespaces,
            (std::vector<Tablespace>{{"a", 1, "/b"}, {"c", 2, "/d"}}));
}

TEST(BackupInfoFile, ReadsEmptyLiteralsAsNull) {
  const BackupInfo info =
      parse("tablespaces=[]\ncopy_stats={}\nincluded_files=()\nbackup_label=''\nsnapshots_info={}\n");
  EXPECT_FALSE(info.tablespaces || info.copy_stats || info.included_files || info.backup_label || info.snapshots_info);
}

struct BadFile {
  const char* label;
  const char* text;
  const char* message;
};
class RefuseBackupInfo : public testing::TestWithParam<BadFile> {};

TEST_P(RefuseBackupInfo, SaysWhatAndWhere) { EXPECT_THAT(failure_of(GetParam().text), HasSubstr(GetParam().message)); }

INSTANTIATE_TEST_SUITE_P(
    Files, RefuseBackupInfo,
    testing::Values(
        BadFile{"no_equals", "size=1\n junk here \n", "invalid line junk here in file x/backup.info"},
        BadFile{"indented_comment", " # note\n", "invalid line # note in file x/backup.info"},
        BadFile{"unknown_field", "flavour=sweet\n", "Unsupported field 'flavour' found in backup metadata."},
        BadFile{"bad_number", "\nsize=abc\n", "invalid value for size in line 2 of file x/backup.info"},
        BadFile{"bad_time", "end_time=yesterday\n", "invalid value for end_time in line 1"},
        BadFile{"open_literal", "copy_stats={'a'\n", "invalid value for copy_stats in line 1"},
        BadFile{"wrong_shape", "tablespaces=[1]\n", "invalid value for tablespaces in line 1"},
        BadFile{"no_segment_size", "\nxlog_segment_size=0\n", "invalid value for xlog_segment_size in line 2"},
        BadFile{"odd_segment_size", "xlog_segment_size=16777217\n", "a power of two from 1 MB to 1 GB"},
        BadFile{"negative_segment_size", "xlog_segment_size=-16777216\n", "invalid value for xlog_segment"},
        BadFile{"label_not_text", "backup_label=12\n", "invalid value for backup_label in line 1"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(BackupInfoFile, TellsWhereAndWhatNext) {
  for (const char* text : {"size=1\njunk\n", "size=1\nsize=x\n"})
    EXPECT_EQ(error_of(text).hint(), "look at x/backup.info:2; base/20261121T092358/backup.info may be an intact copy");
  EXPECT_EQ(error_of("size=1\nflavour=sweet\n").hint(), "the field is in x/backup.info:2");
}

TEST(BackupInfoFile, ShowsLinesOfAnotherKindOfFileInPart) {
  using namespace std::string_literals;
  EXPECT_EQ(failure_of("\0\x1b[2J"s), "invalid line '\\x00\\x1b[2J' in file x/backup.info");
  EXPECT_EQ(failure_of(std::string(1'000'000, 'x')),
            "invalid line '" + std::string(200, 'x') + "' in file x/backup.info");
  EXPECT_THAT(failure_of("a\0b=1\n"s), HasSubstr("Unsupported field ''a\\x00b''"));
}

TEST(BackupInfoFile, KeepsBytesThatAreNoUtf8) {
  const std::string text = serialize(parse("tablespaces=[('caf\xe9', 16388, '/srv/caf\xe9')]\n"));
  EXPECT_THAT(text, HasSubstr("tablespaces=[('caf\\udce9', 16388, '/srv/caf\\udce9')]\n"));
  EXPECT_EQ(parse(text).tablespaces->at(0).location, "/srv/caf\xe9");
  EXPECT_EQ(serialize(parse(text)), text);
}

struct TypeCase {
  const char* mode;
  const char* parent;
  BackupType type;
};
TEST(BackupInfo, KnowsItsTypeByModeAndParent) {
  for (const TypeCase& row :
       {TypeCase{"rsync-concurrent", nullptr, BackupType::rsync},
        TypeCase{"rsync-exclusive", "20261121T000000", BackupType::rsync},
        TypeCase{"snapshot-concurrent", nullptr, BackupType::snapshot}, TypeCase{"postgres", nullptr, BackupType::full},
        TypeCase{"postgres", "20261121T000000", BackupType::incremental},
        TypeCase{"passive", nullptr, BackupType::full}}) {
    BackupInfo info;
    info.mode = row.mode;
    if (row.parent) info.parent_backup_id = row.parent;
    EXPECT_EQ(info.type(), row.type) << row.mode;
  }
}

TEST(BackupInfo, MeasuresDeduplicationAgainstTheRightSize) {
  BackupInfo info;
  info.size = 200;
  info.cluster_size = 400;
  EXPECT_DOUBLE_EQ(info.deduplication_ratio(), 0);
  info.deduplicated_size = 100;
  info.mode = "rsync-concurrent";
  EXPECT_DOUBLE_EQ(info.deduplication_ratio(), 0.5);
  info.mode = "postgres";
  EXPECT_DOUBLE_EQ(info.deduplication_ratio(), 0.75);
  info.cluster_size = 0;
  EXPECT_DOUBLE_EQ(info.deduplication_ratio(), 0);
}

TEST(BackupInfo, NamesVersionsAsPostgresDoes) {
  BackupInfo info;
  info.version = 90624;
  EXPECT_EQ(info.major_version(), 906);
  EXPECT_EQ(info.wal_directory_name(), "pg_xlog");
  info.version = 170002;
  EXPECT_EQ(info.major_version(), 17);
  EXPECT_EQ(info.wal_directory_name(), "pg_wal");
}

}  // namespace
}  // namespace barman::catalog
