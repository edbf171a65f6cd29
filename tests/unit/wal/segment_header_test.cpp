#include <gtest/gtest.h>

#include "barman/wal/wal_content.h"
#include "unit/wal/segment_page.h"

namespace barman {
namespace {

constexpr std::uint32_t mib = 1024 * 1024;

TEST(ParseSegmentHeader, ReadsTheLongHeaderOnly) {
  std::string page = segment_page(0x1A05000000, 77, 16 * mib);
  const auto header = parse_segment_header(page);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->address, Lsn{0x1A05000000});
  EXPECT_EQ(header->system_id, 77U);
  EXPECT_EQ(header->segment_size, 16 * mib);
  EXPECT_FALSE(parse_segment_header(page.substr(0, 39)));
  page[2] = 0x01;  // a short header
  EXPECT_FALSE(parse_segment_header(page));
  EXPECT_FALSE(parse_segment_header(std::string(100, 'x')));
  EXPECT_FALSE(parse_segment_header(segment_page(0, 1, 3 * mib)));
}

TEST(SegmentSizes, ArePowersOfTwoFromOneMegabyteToOneGigabyte) {
  EXPECT_TRUE(is_segment_size(mib));
  EXPECT_TRUE(is_segment_size(1024ULL * mib));
  for (const std::uint64_t bytes : {0UL, mib / 2UL, 3UL * mib, 2048UL * mib, 16UL * mib - 1})
    EXPECT_FALSE(is_segment_size(bytes)) << bytes;
}

}  // namespace
}  // namespace barman
