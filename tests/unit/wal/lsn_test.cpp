#include "barman/wal/lsn.h"

#include <gtest/gtest.h>

namespace barman {
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
