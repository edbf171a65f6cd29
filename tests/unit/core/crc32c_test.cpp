#include "barman/core/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace barman {
namespace {

TEST(Crc32c, HasTheValuesOfTheStandard) {  // RFC 3720, B.4
  for (const auto of : {+[](std::string_view bytes, std::uint32_t before) { return crc32c(bytes, before); },
                        &detail::crc32c_by_tables}) {
    EXPECT_EQ(of(std::string(32, '\0'), 0), 0x8a9136aaU);
    EXPECT_EQ(of(std::string(32, '\xff'), 0), 0x62a8ab43U);
    EXPECT_EQ(of("123456789", 0), 0xe3069283U);
    EXPECT_EQ(of("6789", of("12345", 0)), 0xe3069283U);
    EXPECT_EQ(of("", 0), 0U);
  }
}

TEST(Crc32c, IsTheSameFromTheInstructionAndFromTables) {
  std::minstd_rand random(1);
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(crc32c(bytes, 7), detail::crc32c_by_tables(bytes, 7)) << bytes.size();
    bytes += static_cast<char>(random() >> 8);
  }
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
