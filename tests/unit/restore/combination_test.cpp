#include "barman/restore/combination.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::restore {
namespace {

using enum CombineMode;

TEST(CombineMode, HasTheWordsOfTheOption) {
  for (const char* word : {"copy", "link", "clone", "copy-file-range"})
    EXPECT_EQ(to_string(parse_combine_mode(word)), word);
  EXPECT_THROW(parse_combine_mode("move"), Error);
}

struct ModeCase {
  const char* label;
  CombineMode asked;
  ModeFacts facts;
  CombineMode want;
  const char* warning;  // how it begins; empty: none
};

class Mode : public testing::TestWithParam<ModeCase> {};

TEST_P(Mode, IsDecidedFirst) {
  const ModeChoice choice = choose_mode(GetParam().asked, GetParam().facts);
  EXPECT_EQ(choice.mode, GetParam().want);
  const std::string said = choice.warnings.empty() ? "" : choice.warnings.front();
  EXPECT_EQ(choice.warnings.size(), *GetParam().warning == '\0' ? 0U : 1U);
  EXPECT_TRUE(said.starts_with(GetParam().warning)) << said;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Mode,
    testing::Values(
        ModeCase{"copy", copy, {}, copy, ""}, ModeCase{"clone", clone, {}, clone, ""},
        ModeCase{"ranges", copy_file_range, {}, copy_file_range, ""},
        ModeCase{"link_here", link, {false, 18, true, true}, copy, "'link' mode is not supported for local restore."},
        ModeCase{
            "link_by_17", link, {true, 17, true, false}, copy, "'link' mode is not supported on Postgres 17 or older."},
        ModeCase{"link_across",
                 link,
                 {true, 18, false, false},
                 copy,
                 "'link' mode is not supported with files across different file systems."},
        ModeCase{"link_of_copies", link, {true, 18, true, false}, link, ""},
        ModeCase{"link_of_the_catalogue",
                 link,
                 {true, 18, true, true},
                 link,
                 "CAUTION: Using 'link' mode with a local staging area."},
        ModeCase{"link_of_what_was_downloaded", copy, {false, 18, true, false, true}, link, ""},
        ModeCase{"downloaded_for_17", copy, {false, 17, true, false, true}, copy, ""},
        ModeCase{"downloaded_elsewhere", copy, {false, 18, false, false, true}, copy, ""},
        ModeCase{"downloaded_elsewhere_to_be_linked",
                 link,
                 {false, 18, false, false, true},
                 copy,
                 "'link' mode is not supported with files across different file systems."}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(CombineArgv, NamesTheFullBackupFirstAndEscapesMappings) {
  EXPECT_EQ(combine_argv({{"/pg/pg_combinebackup", "17.1"}, copy_file_range}, "/out",
                         {{"/base/l/1", "/ts=1"}, {"/base/l/2", "/ts2"}}, {"/base/f/data", "/base/l/data"}),
            (std::vector<std::string>{"/pg/pg_combinebackup", "--output=/out", "--tablespace-mapping=/base/l/1=/ts\\=1",
                                      "--tablespace-mapping=/base/l/2=/ts2", "--copy-file-range", "/base/f/data",
                                      "/base/l/data"}));
}

TEST(Tool, IsTheFirstOfTheVersionOfTheBackup) {
  catalog::BackupInfo leaf;
  leaf.backup_id = "20260101T000000";
  leaf.version = 180001;
  const std::vector<exec::PgTool> both = {{"/a", "17.2"}, {"/b", "18.1"}, {"/c", "18.0"}};
  EXPECT_EQ(choose_tool(both, leaf, "this host").path, "/b");
  try {
    choose_tool({{"/a", "17.2"}}, leaf, "this host");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "Postgres version mismatch: The backup '20260101T000000' was taken from Postgres version '18', but "
                 "pg_combinebackup version is '17'. To restore successfully is necessary to use pg_combinebackup with "
                 "the same version used when the backup was taken (18).");
    EXPECT_EQ(error.hint(), "'/a' of this host was found; nothing has been written");
  }
  try {
    choose_tool({}, leaf, "the target host");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "pg_combinebackup could not be found on the target server");
    EXPECT_NE(error.hint().find("package postgresql-client-18"), std::string::npos) << error.hint();
  }
}

}  // namespace
}  // namespace barman::restore
