#include "barman/core/json_depth.h"

#include <gtest/gtest.h>

#include <string>

namespace barman {
namespace {

TEST(JsonDepth, CountsWhatIsOpenAtOnce) {
  EXPECT_EQ(json_depth(""), 0U);
  EXPECT_EQ(json_depth("1"), 0U);
  EXPECT_EQ(json_depth(R"([[], {}, {"a": [1]}])"), 3U);
  EXPECT_EQ(json_depth("]]][["), 2U);
  EXPECT_EQ(json_depth(std::string(1000, '{')), 1000U);
}

TEST(JsonDepth, LeavesStringsOut) {
  EXPECT_EQ(json_depth(R"("[[[[")"), 0U);
  EXPECT_EQ(json_depth(R"({"[[": "\"[[", "\\": []})"), 2U);
  EXPECT_EQ(json_depth("\"\\"), 0U);
}

}  // namespace
}  // namespace barman
