#include "barman/wal/segment_header.h"

#include <bit>
#include <cstring>

namespace barman {

namespace {

constexpr std::uint64_t smallest_segment = 1ULL << 20, largest_segment = 1ULL << 30;
constexpr std::uint32_t smallest_block = 1024, largest_block = 65536;
constexpr std::uint16_t long_header_flag = 0x0002, all_flags = 0x000F;

template <typename Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

bool is_segment_size(std::uint64_t bytes) {
  return std::has_single_bit(bytes) && bytes >= smallest_segment && bytes <= largest_segment;
}

// Offsets: magic 0, info 2, timeline 4, address 8, remaining 16, system id 24, segment size 32, block size 36.
std::optional<SegmentHeader> parse_segment_header(std::string_view head) {
  if (head.size() < segment_header_size) return std::nullopt;
  const auto info = number_at<std::uint16_t>(head, 2);
  const auto segment_size = number_at<std::uint32_t>(head, 32), block_size = number_at<std::uint32_t>(head, 36);
  if ((info & long_header_flag) == 0 || (info & ~all_flags) != 0 || !is_segment_size(segment_size)) return std::nullopt;
  if (!std::has_single_bit(block_size) || block_size < smallest_block || block_size > largest_block)
    return std::nullopt;
  return SegmentHeader{{number_at<std::uint64_t>(head, 8)}, number_at<std::uint64_t>(head, 24), segment_size};
}

}  // namespace barman
