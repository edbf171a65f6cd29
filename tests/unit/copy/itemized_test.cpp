#include "itemized.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace barman::copy {
namespace {

using Kind = Itemized::Kind;

struct LineCase {
  const char* label;
  std::string_view line;
  Kind kind;
  bool taken;
  std::optional<std::int64_t> mtime;
  std::int64_t size;
  std::string_view name;
};

class ParseItemized : public testing::TestWithParam<LineCase> {};

TEST_P(ParseItemized, GivesTheParts) {
  const LineCase& want = GetParam();
  const auto got = parse_itemized(want.line);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->kind, want.kind);
  EXPECT_EQ(got->taken, want.taken);
  EXPECT_EQ(got->mtime, want.mtime);
  EXPECT_EQ(got->size, want.size);
  EXPECT_EQ(got->name, want.name);
}

constexpr std::int64_t date = 1795254161;  // 2026-11-21 09:42:41 UTC

INSTANTIATE_TEST_SUITE_P(
    Lines, ParseItemized,
    testing::Values(
        LineCase{"directory", "@cd          2026/11/21-09:42:41 4096 0 sub/empty/", Kind::directory, false, date, 4096,
                 "sub/empty/"},
        LineCase{"pulled", "@>f.s....... 2026/11/21-09:42:41 5 49 a", Kind::file, false, date, 5, "a"},
        LineCase{"pushed", "@<f+++++++++ 2026/11/21-09:42:41 5 49 a", Kind::file, false, date, 5, "a"},
        LineCase{"linked", "@hf          2026/11/21-09:42:41 1 0 x/16384", Kind::file, true, date, 1, "x/16384"},
        LineCase{"copied_here", "@cf...p..... 2026/11/21-09:42:41 4 0 lnk", Kind::file, true, date, 4, "lnk"},
        LineCase{"unchanged", "@.f          2026/11/21-09:42:41 4 0 b", Kind::file, true, date, 4, "b"},
        LineCase{"large", "@.f          2026/11/21-09:42:41 1073741824 0 b.1", Kind::file, true, date, 1073741824,
                 "b.1"},
        LineCase{"blanks_in_name", "@.f          2026/11/21-09:42:41 4 0  a  b ", Kind::file, true, date, 4, " a  b "},
        LineCase{"newline_in_name", "@hf          2026/11/21-09:42:41 1 0 new\\#012line", Kind::file, true, date, 1,
                 "new\nline"},
        LineCase{"symbolic_link", "@cL          2026/11/21-09:42:41 1 0 l", Kind::other, false, date, 1, "l"},
        LineCase{"strange_date", "@.f          2026/13/21-09:42:41 4 0 b", Kind::file, true, std::nullopt, 4, "b"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(ParseItemized, TellsWhatIsAsItWas) {
  const auto parse = [](std::string_view change) {
    return *parse_itemized(fmt::format("@{} 2026/11/21-09:42:41 4 0 b", change));
  };
  EXPECT_TRUE(parse(".f         ").there);
  EXPECT_TRUE(parse(".f         ").unchanged);
  EXPECT_TRUE(parse(".f...p.....").there);
  EXPECT_FALSE(parse(".f...p.....").unchanged);
  EXPECT_FALSE(parse("hf         ").there);
  EXPECT_TRUE(parse("hf         ").unchanged);
  EXPECT_FALSE(parse("cf..t......").unchanged);
  EXPECT_FALSE(parse(">f+++++++++").unchanged);
}

class NotItemized : public testing::TestWithParam<std::string_view> {};

TEST_P(NotItemized, IsNothing) { EXPECT_FALSE(parse_itemized(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Lines, NotItemized,
                         testing::Values("", "@", "skipping non-regular file \"fifo\"", "created directory dst",
                                         "@*deleting   2026/11/21-09:42:41 0 0 gone",
                                         "@.f          2026/11/21-09:42:41 x 0 b",
                                         "@.f          2026/11/21-09:42:41 4 0 ", "@.f          2026/11/21-09:42:41 4",
                                         "@.f........................."));

struct NameCase {
  const char* label;
  std::string_view text, name;
};

class UnescapeName : public testing::TestWithParam<NameCase> {};

TEST_P(UnescapeName, GivesTheBytes) { EXPECT_EQ(unescape_name(GetParam().text), GetParam().name); }

INSTANTIATE_TEST_SUITE_P(Names, UnescapeName,
                         testing::Values(NameCase{"plain", "base/1/112", "base/1/112"},
                                         NameCase{"escaped_backslash", "back\\#134#012slash", "back\\#012slash"},
                                         NameCase{"byte_above_127", "\\#303\\#274ml", "\303\274ml"},
                                         NameCase{"backslash_alone", "a\\b", "a\\b"},
                                         NameCase{"too_short", "a\\#01", "a\\#01"},
                                         NameCase{"not_octal", "a\\#089x", "a\\#089x"}),
                         [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::copy
