#include "segment_header.h"

#include <bit>
#include <cstring>

#include "barman/compress/codec.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::clients {

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

bool is_segment_size(std::uint64_t size) {
  return std::has_single_bit(size) && size >= smallest_segment && size <= largest_segment;
}

}  // namespace

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

bool is_whole_segment(std::string_view wal, std::string_view head, std::uint64_t size,
                      std::optional<std::uint64_t> system_id) {
  const auto segment = parse_segment(wal);
  if (!segment || !is_segment_size(size) || compress::detect(head)) return false;
  const auto header = parse_segment_header(head);
  if (!header) return true;
  return header->segment_size == size && header->address == start_of(*segment, size) &&
         (!system_id || *system_id == header->system_id);
}

// pg_control begins with the system identifier (8 bytes) and the version of its format (4 bytes: 937 to 1800 so far).
std::optional<std::uint64_t> system_id_near(const std::string& wal_destination) {
  const std::string directory = fs::parent_directory(wal_destination);
  const std::string_view name = base_name(directory);
  if (name.empty() || name == "." || name == "..") return std::nullopt;
  try {
    const std::string head = compress::read_head(fs::parent_directory(directory) + "/global/pg_control", 12);
    if (head.size() < 12) return std::nullopt;
    const auto version = number_at<std::uint32_t>(head, 8);
    if (version < 900 || version > 5000) return std::nullopt;
    return number_at<std::uint64_t>(head, 0);
  } catch (const Error&) {
    return std::nullopt;  // not beside a data directory, or not for us to read
  }
}

}  // namespace barman::clients
