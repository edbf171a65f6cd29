#include "barman/http/url.h"

#include <gtest/gtest.h>

namespace barman::http {
namespace {

TEST(Url, EncodesAndDecodes) {
  EXPECT_EQ(percent_encode("a b+c%d#e?f~g//h-._é"), "a%20b%2Bc%25d%23e%3Ff~g%2F%2Fh-._%C3%A9");
  EXPECT_EQ(percent_encode("a//b c", "/"), "a//b%20c");
  EXPECT_EQ(percent_decode("a%20b%2bc%C3%A9%2"), "a b+cé%2");
  EXPECT_EQ(percent_decode("%zz%"), "%zz%");
  for (int c = 0; c < 256; ++c)
    EXPECT_EQ(percent_decode(percent_encode(std::string(1, static_cast<char>(c)))),
              std::string(1, static_cast<char>(c)));
}

TEST(Url, LeavesOutWhatMayBeSecret) {
  EXPECT_EQ(without_secrets("https://host/c/k?sv=1&sig=x"), "https://host/c/k");
  EXPECT_EQ(without_secrets("http://user:p%40ss@host:80/k@b#f"), "http://host:80/k@b");
  EXPECT_EQ(without_secrets("host"), "host");
}

}  // namespace
}  // namespace barman::http
