#include "barman/wal/history.h"

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
}  // namespace barman
