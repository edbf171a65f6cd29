#include "barman/wal/segment_header.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

namespace barman {

namespace {

constexpr std::uint64_t smallest_segment = 1ULL << 20, largest_segment = 1ULL << 30;
constexpr std::uint32_t smallest_block = 1024, largest_block = 65536;
constexpr std::uint16_t long_header_flag = 0x0002, all_flags = 0x000F;

enum class ByteOrder { ours, other };

template <typename Number>
Number number_at(std::string_view bytes, std::size_t at, ByteOrder order) {
  char raw[sizeof(Number)];
  std::memcpy(raw, bytes.data() + at, sizeof raw);
  if (order == ByteOrder::other) std::reverse(std::begin(raw), std::end(raw));
  Number value{};
  std::memcpy(&value, raw, sizeof value);
  return value;
}

bool are_flags_of_first_page(std::uint16_t info) { return (info & long_header_flag) != 0 && (info & ~all_flags) == 0; }

// Offsets: magic 0, info 2, timeline 4, address 8, remaining 16, system id 24, segment size 32, block size 36. The
// magic number is another one in every version: a future one is welcome.
std::optional<SegmentHeader> parse(std::string_view head, ByteOrder order) {
  const auto timeline = number_at<std::uint32_t>(head, 4, order),
             segment_size = number_at<std::uint32_t>(head, 32, order),
             block_size = number_at<std::uint32_t>(head, 36, order);
  if (!are_flags_of_first_page(number_at<std::uint16_t>(head, 2, order)) || !is_segment_size(segment_size))
    return std::nullopt;
  if (!std::has_single_bit(block_size) || block_size < smallest_block || block_size > largest_block)
    return std::nullopt;
  return SegmentHeader{
      timeline, {number_at<std::uint64_t>(head, 8, order)}, number_at<std::uint64_t>(head, 24, order), segment_size};
}

}  // namespace

bool is_segment_size(std::uint64_t bytes) {
  return std::has_single_bit(bytes) && bytes >= smallest_segment && bytes <= largest_segment;
}

std::optional<SegmentHeader> parse_segment_header(std::string_view head) {
  if (head.size() < segment_header_size) return std::nullopt;
  const auto header = parse(head, ByteOrder::ours);
  return header ? header : parse(head, ByteOrder::other);
}

bool begins_as_segment_header(std::string_view head) {
  return head.size() >= 4 && (are_flags_of_first_page(number_at<std::uint16_t>(head, 2, ByteOrder::ours)) ||
                              are_flags_of_first_page(number_at<std::uint16_t>(head, 2, ByteOrder::other)));
}

}  // namespace barman
