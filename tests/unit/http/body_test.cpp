#include "barman/http/body.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "barman/core/crc32c.h"
#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/unique_fd.h"

namespace barman::http {
namespace {

std::string content(const Body& body) {
  std::string all;
  body.each_block([&](std::string_view block) { all += block; });
  return all;
}

std::string md5_of(std::string_view bytes) {
  Digest digest(DigestKind::md5);
  digest.update(bytes);
  return digest.bytes();
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

TEST(Body, HasTheChecksumsOfWhatIsSent) {
  const std::string bytes(300'000, 'x');
  const std::string own = md5_of(bytes), of_part = md5_of(bytes.substr(0, 10)), of_framed = md5_of("<" + bytes + ">");
  Body body = Body::of(bytes);
  EXPECT_EQ(body.digest(DigestKind::md5), own);
  EXPECT_EQ(body.crc32c(), crc32c(bytes));
  body.begin_checksums({.digest = DigestKind::md5, .crc32c = true});
  const Body copy = body;
  EXPECT_EQ(body.digest(DigestKind::md5), own);
  EXPECT_EQ(copy.digest(DigestKind::md5), own);
  EXPECT_EQ(copy.crc32c(), crc32c(bytes));
  EXPECT_EQ(body.part(0, 10).digest(DigestKind::md5), of_part);
  EXPECT_EQ(body.part(0, 10).crc32c(), crc32c(bytes.substr(0, 10)));
  EXPECT_EQ(Body::framed("<", body, ">").digest(DigestKind::md5), of_framed);
  EXPECT_EQ(to_hex(body.digest(DigestKind::sha256)), digest_of(bytes)) << "another one than what was begun";
  body.begin_checksums({.digest = DigestKind::md5});
  EXPECT_EQ(body.crc32c(), crc32c(bytes)) << "not begun";
}

TEST(Body, ReportsAFileThatCannotBeReadWithItsChecksums) {
  const UniqueFd directory(::open("/", O_RDONLY));
  Body body = Body::of_file(directory.get(), 0, 10, "directory");
  body.begin_checksums({.digest = DigestKind::md5, .crc32c = true});
  EXPECT_THROW(body.digest(DigestKind::md5), Error);
  EXPECT_THROW(body.crc32c(), Error);
}

}  // namespace
}  // namespace barman::http
