#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "samples.h"

namespace barman::codec {
namespace {

using samples::from_hex;
using namespace std::string_view_literals;

TEST(Names, GoBothWaysInAnyCase) {
  for (const std::string_view word :
       {"gzip", "bzip2", "pygzip", "pybzip2", "pigz", "xz", "zstd", "lz4", "snappy", "custom"}) {
    const auto algorithm = parse_algorithm(word);
    ASSERT_TRUE(algorithm) << word;
    EXPECT_EQ(name(*algorithm), word);
  }
  EXPECT_EQ(parse_algorithm("GZip"), Algorithm::gzip);
  for (const std::string_view word : {"none", "", "gz", "gzip ", "lzma"}) EXPECT_FALSE(parse_algorithm(word)) << word;
}

TEST(Names, OfFiles) {
  EXPECT_EQ(extension(Algorithm::bzip2), ".bz2");
  EXPECT_EQ(extension(Algorithm::pigz), ".gz");
  EXPECT_EQ(extension(Algorithm::zstd), ".zst");
  EXPECT_EQ(extension(Algorithm::custom), "");
}

TEST(Names, OfTheSameFormat) {
  EXPECT_TRUE(same_format(Algorithm::gzip, Algorithm::pigz));
  EXPECT_TRUE(same_format(Algorithm::pygzip, Algorithm::pigz));
  EXPECT_TRUE(same_format(Algorithm::pybzip2, Algorithm::bzip2));
  EXPECT_FALSE(same_format(Algorithm::gzip, Algorithm::bzip2));
}

struct LevelCase {
  const char* label;
  Algorithm algorithm;
  std::string_view text;
  int want;
};
class Level : public testing::TestWithParam<LevelCase> {};
TEST_P(Level, IsResolved) { EXPECT_EQ(resolve_level(GetParam().algorithm, GetParam().text), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Table, Level,
    testing::Values(
        LevelCase{"gzip_low", Algorithm::gzip, "low", 1}, LevelCase{"gzip_medium", Algorithm::gzip, "medium", 6},
        LevelCase{"gzip_high", Algorithm::pigz, "high", 9}, LevelCase{"gzip_zero", Algorithm::gzip, "0", 1},
        LevelCase{"gzip_ten", Algorithm::pygzip, "10", 9}, LevelCase{"gzip_five", Algorithm::gzip, "5", 5},
        LevelCase{"bzip2_medium", Algorithm::bzip2, "medium", 5},
        LevelCase{"bzip2_negative", Algorithm::pybzip2, "-3", 1}, LevelCase{"xz_medium", Algorithm::xz, "medium", 3},
        LevelCase{"xz_high", Algorithm::xz, "high", 5}, LevelCase{"zstd_low", Algorithm::zstd, "low", 1},
        LevelCase{"zstd_medium", Algorithm::zstd, "MEDIUM", 4}, LevelCase{"zstd_high", Algorithm::zstd, "high", 9},
        LevelCase{"zstd_fast", Algorithm::zstd, "-22", -22}, LevelCase{"zstd_faster", Algorithm::zstd, "-99", -22},
        LevelCase{"zstd_ultra", Algorithm::zstd, "23", 22}, LevelCase{"lz4_low", Algorithm::lz4, "low", 0},
        LevelCase{"lz4_medium", Algorithm::lz4, "medium", 6}, LevelCase{"lz4_high", Algorithm::lz4, "high", 10},
        LevelCase{"lz4_seventeen", Algorithm::lz4, "17", 16}, LevelCase{"snappy_none", Algorithm::snappy, "high", 0}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Level, RefusesWords) { EXPECT_THROW(resolve_level(Algorithm::gzip, "best"), Error); }

struct MagicCase {
  const char* label;
  std::string_view hex;
  std::string_view custom_magic;
  std::optional<Algorithm> want;
};
class Detect : public testing::TestWithParam<MagicCase> {};
TEST_P(Detect, LooksAtTheFirstBytes) {
  EXPECT_EQ(detect(from_hex(GetParam().hex), from_hex(GetParam().custom_magic)), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(Table, Detect,
                         testing::Values(MagicCase{"bzip2", "425a6839", "", Algorithm::bzip2},
                                         MagicCase{"gzip", "1f8b0800", "", Algorithm::gzip},
                                         MagicCase{"gzip_other_method", "1f8b0900", "", std::nullopt},
                                         MagicCase{"lz4", "04224d1864", "", Algorithm::lz4},
                                         MagicCase{"snappy", "ff060000734e61507059", "", Algorithm::snappy},
                                         MagicCase{"snappy_cut", "ff060000734e6150", "", std::nullopt},
                                         MagicCase{"xz", "fd377a585a000004", "", Algorithm::xz},
                                         MagicCase{"zstd", "28b52ffd20", "", Algorithm::zstd},
                                         MagicCase{"wal_page", "10d1070001000000", "", std::nullopt},
                                         MagicCase{"empty", "", "", std::nullopt},
                                         MagicCase{"custom", "cafe00", "cafe", Algorithm::custom},
                                         MagicCase{"custom_before_gzip", "1f8b0800", "1f8b", Algorithm::custom},
                                         MagicCase{"bzip2_before_custom", "425a6839", "425a", Algorithm::bzip2}),
                         [](const auto& row) { return std::string(row.param.label); });

struct EncryptedCase {
  const char* label;
  std::string bytes;
  bool want;
};
class Encrypted : public testing::TestWithParam<EncryptedCase> {};
TEST_P(Encrypted, IsSeen) { EXPECT_EQ(looks_encrypted(GetParam().bytes), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Table, Encrypted,
    testing::Values(EncryptedCase{"rsa", from_hex("85010c031c3ac59af1a389590107fe38"), true},
                    EncryptedCase{"ecdh", from_hex("845e0347e0ee171b3f95ee1201074085"), true},
                    EncryptedCase{"hidden_recipient", from_hex("85010c0300000000000000000107"), true},
                    EncryptedCase{"new_format_header", from_hex("c15e0347e0ee171b3f95ee1201"), true},
                    EncryptedCase{"symmetric", from_hex("8c0d04090302d3da"), true},
                    EncryptedCase{"armored", "-----BEGIN PGP MESSAGE-----\n\nhQEM", true},
                    EncryptedCase{"signature", from_hex("900d03000808"), false},
                    EncryptedCase{"armored_key", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", false},
                    EncryptedCase{"other_version", from_hex("845e0947e0ee171b3f95ee1201"), false},
                    EncryptedCase{"cut", from_hex("8501"), false},
                    EncryptedCase{"xz", from_hex("fd377a585a000004"), false},
                    EncryptedCase{"wal_page", from_hex("10d10700010000000000000100000000"), false},
                    EncryptedCase{"empty", "", false}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(DetectFile, ReadsShortAndMissingFiles) {
  const samples::Workspace work;
  EXPECT_EQ(detect_file(work.put("a", from_hex("28b52ffd"))), Algorithm::zstd);
  EXPECT_EQ(detect_file(work.put("b", "x")), std::nullopt);
  const std::string long_magic(40, 'm');
  EXPECT_EQ(detect_file(work.put("c", long_magic + "rest"), long_magic), Algorithm::custom);
  EXPECT_THROW(detect_file(work.path("none")), Error);
}

}  // namespace
}  // namespace barman::codec
