#include "barman/core/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace barman {
namespace {

// Bit by bit, as it is defined.
std::uint32_t by_definition(std::string_view bytes, std::uint32_t before) {
  std::uint32_t rest = ~before;
  for (const char c : bytes) {
    rest ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) rest = rest & 1 ? rest >> 1 ^ 0x82f63b78 : rest >> 1;
  }
  return ~rest;
}

TEST(Crc32c, HasTheValuesOfTheStandard) {  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283U);
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("", 7), 7U);
}

// Short and long texts, at every alignment, go different ways through the library.
TEST(Crc32c, IsWhatTheDefinitionSays) {
  std::minstd_rand random(1);
  std::string bytes;
  for (int i = 0; i < 20000; ++i) bytes += static_cast<char>(random() >> 8);
  const std::string_view all = bytes;
  for (std::size_t size = 0; size < 300; ++size)
    EXPECT_EQ(crc32c(all.substr(size % 16, size), 7), by_definition(all.substr(size % 16, size), 7)) << size;
  for (std::size_t size = 300; size <= all.size(); size = size * 5 / 4 + 1)
    EXPECT_EQ(crc32c(all.substr(0, size), 7), by_definition(all.substr(0, size), 7)) << size;
}

TEST(Crc32c, IsJoinedFromItsParts) {
  const std::string text = "first, and what follows it";
  for (std::size_t at = 0; at <= text.size(); ++at)
    EXPECT_EQ(crc32c_joined(crc32c(text.substr(0, at)), crc32c(text.substr(at)), text.size() - at), crc32c(text)) << at;
  const std::string zeros(std::size_t{3} << 20, '\0');
  EXPECT_EQ(crc32c_joined(crc32c("x"), crc32c(zeros), zeros.size()), crc32c("x" + zeros));
}

}  // namespace
}  // namespace barman
