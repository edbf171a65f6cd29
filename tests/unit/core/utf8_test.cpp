#include "barman/core/utf8.h"

#include <gtest/gtest.h>

namespace barman {
namespace {

TEST(ValidUtf8, ReplacesWhatBelongsToNoCharacter) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(valid_utf8("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\x98"), "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\x98");
  EXPECT_EQ(valid_utf8("a\xFFz"), "a" + bad + "z");
  EXPECT_EQ(valid_utf8("\xC3"), bad);                                // cut off
  EXPECT_EQ(valid_utf8("\xC0\xAF"), bad + bad);                      // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), bad + bad + bad);            // a surrogate
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // beyond the last
  EXPECT_EQ(valid_utf8("\xE2\x82z"), bad + bad + "z");
}

}  // namespace
}  // namespace barman
