#include "barman/core/base64.h"

#include <gtest/gtest.h>

namespace barman {
namespace {

TEST(Base64, EncodesAndDecodes) {
  const std::pair<std::string, const char*> rows[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {{"\0\xff\xfe", 3}, "AP/+"}};
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
  EXPECT_EQ(base64_decode(base64_encode(std::string(1000, 'x'))), std::string(1000, 'x'));
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zm9v\n", "Zm9v ", "Z===", "====", "Zg==Zg==", "Zm9-"})
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace barman
