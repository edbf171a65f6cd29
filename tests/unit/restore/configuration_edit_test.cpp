#include "barman/restore/configuration_edit.h"

#include <gtest/gtest.h>

namespace barman::restore {
namespace {

TEST(MakeSafe, CommentsOutWhatWouldHarm) {
  const auto edited = make_safe("postgresql.conf",
                                "# archive_command = 'comment'\n"
                                "archive_command = 'cp %p /archive/%f'\n"
                                "  recovery_target_time='2026-01-01' # c\n"
                                "port = 5432\n",
                                {});
  EXPECT_EQ(edited.text,
            "# archive_command = 'comment'\n"
            "#BARMAN#archive_command = 'cp %p /archive/%f'\n"
            "archive_command = false\n"
            "#BARMAN#  recovery_target_time='2026-01-01' # c\n"
            "port = 5432\n");
  EXPECT_EQ(edited.changes,
            (std::vector<ReportedSetting>{{"postgresql.conf", 1, "archive_command", "false"},
                                          {"postgresql.conf", 2, "recovery_target_time", std::nullopt}}));
}

TEST(MakeSafe, KnowsKeysInAnyCase) {
  EXPECT_EQ(make_safe("f", "Archive_Command 'x'\n", {}).text, "#BARMAN#Archive_Command 'x'\narchive_command = false\n");
}

TEST(MakeSafe, AppendsSettingsAfterAnEmptyLineUnlessTheyAreTheFirst) {
  EXPECT_EQ(make_safe("f", "port = 1", {"a = 'b'", "c = 'd'"}).text, "port = 1\n\na = 'b'\nc = 'd'\n");
  EXPECT_EQ(make_safe("f", "", {"a = 'b'"}).text, "a = 'b'\n");
  EXPECT_EQ(make_safe("f", "recovery_target = 'x'\n", {"a = 'b'"}).text, "#BARMAN#recovery_target = 'x'\na = 'b'\n");
}

TEST(MakeSafe, LeavesAnUnfinishedLastLineAlone) {
  EXPECT_EQ(make_safe("f", "port = 1", {}).text, "port = 1");
  EXPECT_EQ(make_safe("f", "", {}).text, "");
  EXPECT_EQ(make_safe("f", "a = 1\n\n\n", {}).text, "a = 1\n\n\n");
}

TEST(DangerousSettings, ReportsTheirText) {
  EXPECT_EQ(dangerous_settings("postgresql.conf",
                               "port = 1\n"
                               "hba_file = '/x y'   # comment\n"
                               "  include_dir 'conf.d'\n"
                               "#data_directory = '/x'\n"
                               "ssl_key_file\n"
                               "ident_file==foo\n"),
            (std::vector<ReportedSetting>{{"postgresql.conf", 1, "hba_file", "'/x y'   # comment"},
                                          {"postgresql.conf", 2, "include_dir", "'conf.d'"},
                                          {"postgresql.conf", 4, "ssl_key_file", ""},
                                          {"postgresql.conf", 5, "ident_file", "=foo"}}));
}

}  // namespace
}  // namespace barman::restore
