#include "barman/wal/segment.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman {

namespace {

constexpr std::uint64_t mib = 1024 * 1024;

struct NameCase {
  const char* label;
  std::string_view text;
  std::optional<WalName> want;
};
class ParseWalName : public testing::TestWithParam<NameCase> {};
TEST_P(ParseWalName, GivesTheParts) {
  EXPECT_EQ(parse_wal_name(GetParam().text), GetParam().want);
  EXPECT_EQ(is_any_wal_name(GetParam().text), GetParam().want.has_value());
  EXPECT_EQ(is_wal_segment(GetParam().text), GetParam().want && GetParam().want->kind == WalKind::segment);
}
INSTANTIATE_TEST_SUITE_P(
    Names, ParseWalName,
    testing::Values(NameCase{"segment", "000000010000000A000000FF", WalName{WalKind::segment, {1, 10, 255}, 0}},
                    NameCase{"lower_case", "0000000a0000000b0000000c", WalName{WalKind::segment, {10, 11, 12}, 0}},
                    NameCase{"partial", "000000010000000000000001.partial", WalName{WalKind::partial, {1, 0, 1}, 0}},
                    NameCase{"backup", "000000010000000000000002.00000028.backup",
                             WalName{WalKind::backup_label, {1, 0, 2}, 0x28}},
                    NameCase{"history", "0000000A.history", WalName{WalKind::history, {10, 0, 0}, 0}},
                    NameCase{"one_digit_short", "00000001000000000000000", std::nullopt},
                    NameCase{"one_digit_long", "0000000100000000000000001", std::nullopt},
                    NameCase{"not_hex", "00000001000000000000000g", std::nullopt},
                    NameCase{"signs", "+0000001-0000000+0000001", std::nullopt},
                    NameCase{"with_directory", "a/000000010000000000000001", std::nullopt},
                    NameCase{"compressed", "000000010000000000000001.gz", std::nullopt},
                    NameCase{"partial_upper", "000000010000000000000001.PARTIAL", std::nullopt},
                    NameCase{"partial_history", "00000001.partial", std::nullopt},
                    NameCase{"segment_history", "000000010000000000000001.history", std::nullopt},
                    NameCase{"short_offset", "000000010000000000000002.0000028.backup", std::nullopt},
                    NameCase{"backup_partial", "000000010000000000000002.00000028.backup.partial", std::nullopt},
                    NameCase{"line_end", "000000010000000000000001\n", std::nullopt},
                    NameCase{"empty", "", std::nullopt}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Names, ArePrintedInUpperCase) {
  EXPECT_EQ(to_string(Segment{10, 0xAB, 0xCD}), "0000000A000000AB000000CD");
  EXPECT_EQ(history_name(10), "0000000A.history");
  EXPECT_EQ(parse_segment("000000010000000000000001.partial"), std::nullopt);
}

TEST(ArchivePath, IsBelowTheHashDirectory) {
  EXPECT_EQ(hash_directory("000000010000000a000000ff"), "000000010000000A");
  EXPECT_EQ(archive_path("000000010000000a000000ff"), "000000010000000A/000000010000000a000000ff");
  EXPECT_EQ(archive_path("000000010000000000000002.00000028.backup"),
            "0000000100000000/000000010000000000000002.00000028.backup");
  EXPECT_EQ(hash_directory("00000002.history"), "");
  EXPECT_EQ(archive_path("00000002.history"), "00000002.history");
  EXPECT_EQ(hash_directory("xlog.db"), std::nullopt);
  EXPECT_EQ(archive_path("xlog.db"), std::nullopt);
}

// The wanted values were computed with Python from the rules in PostgreSQL's xlog_internal.h.
struct SizeCase {
  std::uint64_t mebibytes;
  std::uint32_t last;
  const char* at_lsn;  // segment of 5/9ABCDEF0
  std::uint64_t offset;
};
class SegmentSizes : public testing::TestWithParam<SizeCase> {};
TEST_P(SegmentSizes, Arithmetic) {
  const auto [mebibytes, last, at_lsn, offset] = GetParam();
  const std::uint64_t size = mebibytes * mib;
  EXPECT_EQ(last_seg(size), last);
  EXPECT_EQ(next(Segment{1, 2, last}, size), (Segment{1, 3, 0}));
  EXPECT_EQ(next(Segment{1, 2, last - 1}, size), (Segment{1, 2, last}));
  EXPECT_EQ(previous(Segment{1, 3, 0}, size), (Segment{1, 2, last}));
  EXPECT_EQ(previous(Segment{1, 3, 1}, size), (Segment{1, 3, 0}));
  const Lsn lsn = {0x59ABCDEF0};
  const Segment segment = segment_at(lsn, 7, size);
  EXPECT_EQ(to_string(segment), at_lsn);
  EXPECT_EQ(offset_in_segment(lsn, size), offset);
  EXPECT_EQ(start_of(segment, size).value + offset, lsn.value);
  EXPECT_EQ(segments_between(Segment{1, 2, last}, Segment{1, 3, 0}, size), 2U);
  EXPECT_EQ(segments_between(Segment{1, 0, 0}, Segment{1, 1, 0}, size), 4096 / mebibytes + 1);
}
INSTANTIATE_TEST_SUITE_P(FromOneMebibyteToOneGibibyte, SegmentSizes,
                         testing::Values(SizeCase{1, 4095, "0000000700000005000009AB", 843504},
                                         SizeCase{2, 2047, "0000000700000005000004D5", 1892080},
                                         SizeCase{4, 1023, "00000007000000050000026A", 3989232},
                                         SizeCase{8, 511, "000000070000000500000135", 3989232},
                                         SizeCase{16, 255, "00000007000000050000009A", 12377840},
                                         SizeCase{32, 127, "00000007000000050000004D", 12377840},
                                         SizeCase{64, 63, "000000070000000500000026", 45932272},
                                         SizeCase{128, 31, "000000070000000500000013", 45932272},
                                         SizeCase{256, 15, "000000070000000500000009", 180150000},
                                         SizeCase{512, 7, "000000070000000500000004", 448585456},
                                         SizeCase{1024, 3, "000000070000000500000002", 448585456}));

TEST(SegmentsBetween, CountsBothEnds) {
  const Segment first = {1, 0, 5}, last = {1, 0, 9};
  EXPECT_EQ(segments_between(first, first, default_segment_size), 1U);
  EXPECT_EQ(segments_between(first, last, default_segment_size), 5U);
  EXPECT_EQ(segments_between(last, first, default_segment_size), 0U);
}

TEST(Neighbours, EndWithTheNumbers) {
  EXPECT_THROW(previous({1, 0, 0}, default_segment_size), Error);
  EXPECT_THROW(next({1, 0xFFFFFFFF, 0xFF}, default_segment_size), Error);
}

TEST(SegmentOrder, IsThatOfTheNames) {
  EXPECT_LT((Segment{1, 0xFF, 0xFF}), (Segment{2, 0, 0}));
  EXPECT_LT((Segment{1, 1, 0xFF}), (Segment{1, 2, 0}));
}

}  // namespace

namespace {

TEST(ParseLsn, TakesTwoHexadecimalNumbers) {
  EXPECT_EQ(parse_lsn("0/2000028"), Lsn{0x2000028});
  EXPECT_EQ(parse_lsn("1A/ff"), Lsn{0x1A000000FF});
  EXPECT_EQ(parse_lsn("FFFFFFFF/FFFFFFFF"), Lsn{0xFFFFFFFFFFFFFFFF});
  for (const char* bad :
       {"", "/", "0/", "/0", "1", "1/2/3", "0x1/0", "zz/1", "1/100000000", "100000000/1", " 0/1", "-1/0"})
    EXPECT_EQ(parse_lsn(bad), std::nullopt) << bad;
}

TEST(PrintLsn, HasNoLeadingZeros) {
  EXPECT_EQ(to_string(Lsn{0x2000028}), "0/2000028");
  EXPECT_EQ(to_string(Lsn{0x1A000000FF}), "1A/FF");
  EXPECT_EQ(to_string(Lsn{0}), "0/0");
}

TEST(LsnOrder, IsNumeric) { EXPECT_LT(*parse_lsn("9/0"), *parse_lsn("A/0")); }

}  // namespace

}  // namespace barman
