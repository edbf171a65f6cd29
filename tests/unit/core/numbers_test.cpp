#include "barman/core/numbers.h"

#include <gtest/gtest.h>

#include <limits>

#include "barman/core/python_repr.h"

namespace barman {
namespace {

constexpr auto highest = std::numeric_limits<std::int64_t>::max();

TEST(ParseDecimal, TakesDigitsOnly) {
  EXPECT_EQ(parse_decimal("0012"), 12);
  EXPECT_EQ(parse_decimal("9223372036854775807"), highest);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "1x", "9223372036854775808", "1.0"})
    EXPECT_EQ(parse_decimal(bad), std::nullopt) << bad;
}

TEST(ParsePythonInt, TakesWhatIntTakes) {
  EXPECT_EQ(parse_python_int(" 12\n"), 12);
  EXPECT_EQ(parse_python_int("-1_000"), -1000);
  EXPECT_EQ(parse_python_int("+007"), 7);
  EXPECT_EQ(parse_python_int("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* bad : {"", " ", "-", "_1", "1_", "1__0", "--1", "1 2", "0x10", "1.0", "9223372036854775808"})
    EXPECT_EQ(parse_python_int(bad), std::nullopt) << bad;
}

TEST(ParseDouble, TakesTheWholeText) {
  EXPECT_EQ(parse_double("1795245430.9891138"), 1795245430.9891138);
  EXPECT_EQ(parse_double("+1.5"), 1.5);
  EXPECT_EQ(parse_double("-2e3"), -2000.0);
  for (const char* bad : {"", " 1", "1 ", "1,5", "+-1", "nan", "inf", "0x1p3", "abc"})
    EXPECT_EQ(parse_double(bad), std::nullopt) << bad;
}

TEST(ParseHex, TakesAtMostSixteenDigits) {
  EXPECT_EQ(parse_hex("fF"), 255U);
  EXPECT_EQ(parse_hex("FFFFFFFFFFFFFFFF"), std::numeric_limits<std::uint64_t>::max());
  for (const char* bad : {"", "g", "0x1", "-1", "+1", "00000000000000001"})
    EXPECT_EQ(parse_hex(bad), std::nullopt) << bad;
}

struct FloatCase {
  double value;
  const char* want;
};
class FloatRepr : public testing::TestWithParam<FloatCase> {};
TEST_P(FloatRepr, IsPythons) { EXPECT_EQ(python_repr(GetParam().value), GetParam().want); }
// The wanted texts were printed by Python 3.11.
INSTANTIATE_TEST_SUITE_P(
    Values, FloatRepr,
    testing::Values(FloatCase{0.0, "0.0"}, FloatCase{-0.0, "-0.0"}, FloatCase{1.0, "1.0"}, FloatCase{0.1, "0.1"},
                    FloatCase{-1.5, "-1.5"}, FloatCase{1.0 / 3, "0.3333333333333333"},
                    FloatCase{1e15, "1000000000000000.0"}, FloatCase{9999999999999998.0, "9999999999999998.0"},
                    FloatCase{1e16, "1e+16"}, FloatCase{123456789012345680.0, "1.2345678901234568e+17"},
                    FloatCase{1e22, "1e+22"}, FloatCase{1.5e300, "1.5e+300"}, FloatCase{1e-4, "0.0001"},
                    FloatCase{0.00012345, "0.00012345"}, FloatCase{9.999e-5, "9.999e-05"}, FloatCase{1e-5, "1e-05"},
                    FloatCase{5e-324, "5e-324"}, FloatCase{1795245430.9891138, "1795245430.9891138"},
                    FloatCase{1700000000.0, "1700000000.0"}, FloatCase{std::numeric_limits<double>::infinity(), "inf"},
                    FloatCase{-std::numeric_limits<double>::infinity(), "-inf"},
                    FloatCase{std::numeric_limits<double>::quiet_NaN(), "nan"}));

struct TextCase {
  const char* label;
  std::string_view text, want;
};
class TextRepr : public testing::TestWithParam<TextCase> {};
TEST_P(TextRepr, IsPythons) { EXPECT_EQ(python_repr(GetParam().text), GetParam().want); }
using namespace std::string_view_literals;
INSTANTIATE_TEST_SUITE_P(
    Values, TextRepr,
    testing::Values(
        TextCase{"plain", "abc", "'abc'"}, TextCase{"empty", "", "''"}, TextCase{"single", "it's", R"("it's")"},
        TextCase{"double_quote", R"(say "x")", R"('say "x"')"}, TextCase{"both", R"(it's "q")", R"('it\'s "q"')"},
        TextCase{"backslash", R"(a\b)", R"('a\\b')"}, TextCase{"line_ends", "\n\r\t", R"('\n\r\t')"},
        TextCase{"controls", "\x00\x1f\x7f\xc2\x80\xc2\xa0\xc2\xad\xc3\xbf"sv,
                 "'\\x00\\x1f\\x7f\\x80\\xa0\\xad\xc3\xbf'"},
        TextCase{"accent", "\xc3\xa9", "'\xc3\xa9'"},
        TextCase{"separators", "\u200b\u2028\u3000", R"('\u200b\u2028\u3000')"},
        TextCase{"unassigned", "\u0378", R"('\u0378')"}, TextCase{"byte_order_mark", "\ufeff", R"('\ufeff')"},
        TextCase{"ideograph", "\u4e2d", "'\u4e2d'"}, TextCase{"emoji", "\U0001f600", "'\U0001f600'"},
        TextCase{"tag", "\U000e0001", R"('\U000e0001')"}, TextCase{"last", "\U0010ffff", R"('\U0010ffff')"},
        TextCase{"not_utf8", "a\xff\xc3", R"('a\udcff\udcc3')"}, TextCase{"overlong", "\xc0\xaf", R"('\udcc0\udcaf')"},
        TextCase{"surrogate", "\xed\xa0\x80", R"('\udced\udca0\udc80')"},
        TextCase{"cut_short", "\xe4\xb8", R"('\udce4\udcb8')"}),
    [](const auto& row) { return std::string(row.param.label); });

struct SizeCase {
  std::int64_t bytes;
  const char* want;
};
class HumanSize : public testing::TestWithParam<SizeCase> {};
TEST_P(HumanSize, HasOneDecimalFromKibibytes) { EXPECT_EQ(human_size(GetParam().bytes), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(Values, HumanSize,
                         testing::Values(SizeCase{0, "0 B"}, SizeCase{1023, "1023 B"}, SizeCase{1024, "1.0 KiB"},
                                         SizeCase{-200, "-200 B"}, SizeCase{-1024, "-1.0 KiB"},
                                         SizeCase{1047552, "1023.0 KiB"}, SizeCase{1048575, "1024.0 KiB"},
                                         SizeCase{1048576, "1.0 MiB"}, SizeCase{23383245, "22.3 MiB"},
                                         SizeCase{5368709120, "5.0 GiB"}, SizeCase{highest, "8.0 EiB"}));

TEST(HumanSizeOfDouble, DropsFractionsOfBytesAndStopsAtYobibytes) {
  EXPECT_EQ(human_size(1023.9), "1023 B");
  EXPECT_EQ(human_size(-1023.9), "-1023 B");
  EXPECT_EQ(human_size(-0.5), "0 B");
  EXPECT_EQ(human_size(1237940039285380274899124224.0), "1024.0 YiB");
}

}  // namespace
}  // namespace barman
