#include "barman/wal/text_files.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman {

namespace {

TEST(ParseHistory, ReadsEveryTimeline) {
  const auto entries =
      parse_history("# comment\n1\t0/5000000\tno recovery target specified\n\n2\tA/B0\tbefore 2026-11-21 07:00:00+00\n",
                    "00000003.history");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].parent, 1U);
  EXPECT_EQ(entries[0].switchpoint, Lsn{0x5000000});
  EXPECT_EQ(entries[0].reason, "no recovery target specified");
  EXPECT_EQ(entries[1].parent, 2U);
  EXPECT_EQ(entries[1].switchpoint, Lsn{0xA000000B0});
}

struct BadCase {
  const char* label;
  std::string_view text, message;
};
class BadHistory : public testing::TestWithParam<BadCase> {};
TEST_P(BadHistory, IsRefusedWithItsPlace) {
  try {
    parse_history(GetParam().text, "f");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::corrupt);
    EXPECT_EQ(error.what(), GetParam().message);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Texts, BadHistory,
    testing::Values(BadCase{"empty", "", "f: no timeline in the history file"},
                    BadCase{"comment_only", "# x\n", "f: no timeline in the history file"},
                    BadCase{"two_fields", "1\t0/1\ta\n1\t0/1\n", "f:2: expected 3 fields separated by TAB, found 2"},
                    BadCase{"blanks", "1 0/1 a", "f:1: expected 3 fields separated by TAB, found 1"},
                    BadCase{"bad_lsn", "1\tx\ta", "f:1: '1\tx\ta' is not a timeline followed by an LSN"},
                    BadCase{"bad_timeline", "-1\t0/1\ta", "f:1: '-1\t0/1\ta' is not a timeline followed by an LSN"}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace

namespace {

constexpr std::string_view postgres_15 =
    "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n"
    "CHECKPOINT LOCATION: 0/2000060\n"
    "BACKUP METHOD: streamed\n"
    "BACKUP FROM: primary\n"
    "START TIME: 2026-11-21 07:26:35 UTC\n"
    "LABEL: Barman backup main 20261121T072635\n"
    "START TIMELINE: 3\n";

TEST(ParseBackupLabel, ReadsWhatTheBackupNeeds) {
  const BackupLabel label = parse_backup_label(postgres_15);
  EXPECT_EQ(label.start, Lsn{0x2000028});
  EXPECT_EQ(label.start_wal, "000000010000000000000002");
  ASSERT_TRUE(label.start_time);
  EXPECT_EQ(to_python(*label.start_time), "2026-11-21 07:26:35+00:00");
  EXPECT_EQ(label.start_timeline, 3U);
}

TEST(ParseBackupLabel, OlderServersWriteNoTimeline) {
  const BackupLabel label = parse_backup_label(
      "START WAL LOCATION: A/28 (file 000000010000000A00000000)\nSTART TIME: 2026-11-21 07:26:35 XYZT\n");
  EXPECT_EQ(label.start_timeline, std::nullopt);
  EXPECT_EQ(label.start_time, std::nullopt);
}

TEST(ParseBackupLabel, RefusesAnythingElse) {
  for (const char* bad :
       {"", "START TIMELINE: 1\n", "START WAL LOCATION: 0/2000028\n",
        "START WAL LOCATION: x (file 000000010000000000000002)\n", "START WAL LOCATION: 0/1 (file abc)\n",
        "START WAL LOCATION: 0/1 (file 000000010000000000000002)\nSTART TIMELINE: x\n"})
    EXPECT_THROW(parse_backup_label(bad), Error) << bad;
}

}  // namespace

}  // namespace barman
