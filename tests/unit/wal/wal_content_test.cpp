#include "barman/wal/wal_content.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/wal/segment_page.h"

namespace barman {
namespace {

constexpr std::uint32_t mib = 1024 * 1024;
constexpr auto fifth = "000000010000001A00000005";

struct Case {
  const char* label;
  std::string_view name;
  std::string head;
  std::uint64_t size;
  const char* strict;  // what is said where nothing unrecognised is accepted; empty: nothing
  bool tolerated = false;
};

std::string other_byte_order() {
  std::string page = segment_page(0x1A05000000, 77, 16 * mib);
  for (const auto& [at, size] : {std::pair{0, 2}, {2, 2}, {4, 4}, {8, 8}, {24, 8}, {32, 4}, {36, 4}})
    std::reverse(page.begin() + at, page.begin() + at + size);
  return page;
}

std::string on_timeline(std::uint32_t timeline) {
  std::string page = segment_page(0x1A05000000, 77, 16 * mib);
  page.replace(4, 4, reinterpret_cast<const char*>(&timeline), 4);
  return page;
}

class Judgement : public testing::TestWithParam<Case> {};
TEST_P(Judgement, IsOneForAll) {
  const Case& row = GetParam();
  const WalName wal = *parse_wal_name(row.name);
  EXPECT_EQ(wal_problem(wal, row.head, row.size, Unrecognised::refuse).value_or(""), row.strict);
  EXPECT_EQ(wal_problem(wal, row.head, row.size, Unrecognised::accept).value_or(""), row.tolerated ? "" : row.strict);
}

const std::string page = segment_page(0x1A05000000, 77, 16 * mib);
INSTANTIATE_TEST_SUITE_P(
    Contents, Judgement,
    testing::Values(Case{"whole", fifth, page, 16 * mib, ""},
                    Case{"another_version", fifth, "\x55\x66" + page.substr(2), 16 * mib, ""},
                    Case{"another_machine", fifth, other_byte_order(), 16 * mib, ""},
                    Case{"cut_short", fifth, page, 16 * mib - 1, "16777215 bytes of a WAL segment of 16777216 bytes"},
                    Case{"cut_to_half_of_another_machine", fifth, other_byte_order(), 8 * mib,
                         "8388608 bytes of a WAL segment of 16777216 bytes"},
                    Case{"cut_in_its_header", fifth, page.substr(0, 20), 20, "20 bytes of the header of a WAL segment"},
                    Case{"too_long", fifth, page, 16 * mib + 1, "16777217 bytes of a WAL segment of 16777216 bytes"},
                    Case{"empty", fifth, "", 0, "it is empty"},
                    Case{"zeros", fifth, std::string(40, '\0'), 16 * mib,
                         "it begins with zeros instead of the header of a WAL segment"},
                    Case{"of_another_name", "000000010000001A00000006", page, 16 * mib,
                         "it begins as segment 000000010000001A00000005"},
                    Case{"where_a_timeline_begins", "000000020000001A00000005", page, 16 * mib, ""},
                    Case{"of_a_later_timeline", fifth, on_timeline(2), 16 * mib, "it is of timeline 2"},
                    Case{"a_banner_before_it", fifth, "Welcome to db1\n" + page, 16 * mib + 15,
                         "16777231 bytes, which is no size of a WAL segment", true},
                    Case{"half_a_million_bytes", fifth, std::string(40, 'x'), 500'000,
                         "500000 bytes, which is no size of a WAL segment", true},
                    Case{"a_line_of_text", fifth, "no such file\n", 13, "13 bytes, which is no size of a WAL segment",
                         true},
                    Case{"a_segment_s_size_of_anything", fifth, std::string(40, 'x'), 16 * mib, ""},
                    Case{"partial", "000000010000001A00000005.partial", page, 16 * mib, ""},
                    Case{"partial_cut_short", "000000010000001A00000005.partial", page, mib,
                         "1048576 bytes of a WAL segment of 16777216 bytes"},
                    Case{"partial_of_zeros", "000000010000001A00000005.partial", std::string(40, '\0'), 16 * mib, ""},
                    Case{"history", "00000002.history", "1\t0/1\tx\n", 8, ""},
                    Case{"empty_history", "00000002.history", "", 0, "it is empty"},
                    Case{"label", "000000010000001A00000005.00000028.backup", "START WAL", 9, ""}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(WalContent, IsJudgedAsSoonAsItsFirstPageTells) {
  WalContent other(*parse_wal_name("000000010000001A00000006"));
  EXPECT_EQ(other.add(page.substr(0, 39)), std::nullopt);
  EXPECT_EQ(other.add(page.substr(39)), "it begins as segment 000000010000001A00000005");
  WalContent small(*parse_wal_name("000000010000000000000001"));
  const std::string first = segment_page(mib, 77, mib);
  EXPECT_EQ(small.add(first), std::nullopt);
  EXPECT_EQ(small.problem(), "8192 bytes of a WAL segment of 1048576 bytes");
  EXPECT_EQ(small.add(std::string(mib - first.size(), 'w')), std::nullopt);
  EXPECT_EQ(small.problem(), std::nullopt);
  EXPECT_EQ(small.add("x"), "1048577 bytes of a WAL segment of 1048576 bytes");
}

TEST(WalContent, OfTextEndsWithTheEndOfALine) {
  struct Text {
    const char *name, *beginning, *end;
  };
  for (const Text& row : {Text{"00000003.history", "1\t0/5000000\tno recovery ", "target specified\n"},
                          Text{"000000010000001A00000005.00000028.backup", "START WAL LOCATION: 1A/5", "000028\n"}}) {
    WalContent text(*parse_wal_name(row.name));
    EXPECT_EQ(text.add(row.beginning), std::nullopt);
    EXPECT_EQ(text.problem(), "it ends in the middle of a line") << row.name;
    EXPECT_EQ(text.add(row.end), std::nullopt);
    EXPECT_EQ(text.problem(), std::nullopt) << row.name;
    WalContent packed(*parse_wal_name(row.name));
    packed.add("\x04\x22\x4d\x18 packed by whatever");
    EXPECT_EQ(packed.problem(), std::nullopt) << row.name;
  }
}

}  // namespace
}  // namespace barman
