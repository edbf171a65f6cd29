#include "barman/http/body.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace barman::http {
namespace {

std::string content(const Body& body) {
  std::string all;
  body.each_block([&](std::string_view block) { all += block; });
  return all;
}

TEST(Body, GivesPartsOfTextAndFileAlike) {
  const int fd = ::open("/proc/self/exe", O_RDONLY);
  std::string bytes(1000, '\0');
  ASSERT_EQ(::pread(fd, bytes.data(), bytes.size(), 100), 1000);
  for (const Body& body : {Body::of(bytes), Body::of_file(fd, 100, 1000, "program")}) {
    EXPECT_EQ(content(body), bytes);
    EXPECT_EQ(content(body.part(0, 10)), bytes.substr(0, 10));
    EXPECT_EQ(content(body.part(10, 500)), bytes.substr(10, 500));
    EXPECT_EQ(content(body.part(10, 500).part(100, 9)), bytes.substr(110, 9));
    EXPECT_EQ(content(body.part(990, 500)), bytes.substr(990));
    const Body framed = Body::framed("before", body, "behind");
    EXPECT_EQ(framed.size(), 1012U);
    EXPECT_EQ(content(framed), "before" + bytes + "behind");
    EXPECT_EQ(content(framed.part(3, 1006)), "ore" + bytes + "beh");
    EXPECT_EQ(body.part(1000, 1).size(), 0U);
    EXPECT_EQ(body.part(5000, 1).size(), 0U);
  }
  ::close(fd);
}

}  // namespace
}  // namespace barman::http
