#include "barman/wal/wal_content.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

#include "bytes.h"

namespace barman {

namespace {

std::optional<std::string> header_problem(const WalName& wal, const SegmentHeader& header, std::uint64_t size) {
  if (header.segment_size != size)
    return fmt::format("{} bytes of a WAL segment of {} bytes", size, header.segment_size);
  if (header.address != start_of(wal.segment, size))
    return fmt::format("it begins as segment {}", to_string(segment_at(header.address, wal.segment.timeline, size)));
  if (header.timeline > wal.segment.timeline) return fmt::format("it is of timeline {}", header.timeline);
  return std::nullopt;
}

}  // namespace

bool is_text(WalKind kind) { return kind == WalKind::history || kind == WalKind::backup_label; }

std::optional<std::string> ending_problem(const WalName& wal, std::string_view head, char last) {
  if (!is_text(wal.kind) || last == '\n') return std::nullopt;
  const bool begins_as_text =
      wal.kind == WalKind::history ? head.find_first_of("0123456789#") == 0 : head.starts_with("START WAL LOCATION");
  if (!begins_as_text) return std::nullopt;
  return "it ends in the middle of a line";
}

std::optional<std::string> wal_problem(const WalName& wal, std::string_view head, std::uint64_t size,
                                       Unrecognised unrecognised) {
  if (size == 0) return "it is empty";
  if (is_text(wal.kind)) return std::nullopt;
  if (const auto header = parse_segment_header(head)) return header_problem(wal, *header, size);
  if (size < segment_header_size && begins_as_segment_header(head))
    return fmt::format("{} bytes of the header of a WAL segment", size);
  if (wal.kind == WalKind::segment && is_zeros(head.substr(0, segment_header_size)))
    return "it begins with zeros instead of the header of a WAL segment";
  if (unrecognised == Unrecognised::accept || is_segment_size(size)) return std::nullopt;
  return fmt::format("{} bytes, which is no size of a WAL segment", size);
}

std::optional<std::string> WalContent::add(std::string_view piece) {
  if (head_.size() < segment_header_size) head_.append(piece.substr(0, segment_header_size - head_.size()));
  size_ += piece.size();
  if (!piece.empty()) last_ = piece.back();
  if (is_text(wal_.kind)) return std::nullopt;
  const auto header = parse_segment_header(head_);
  if (!header) return std::nullopt;
  return header_problem(wal_, *header, std::max<std::uint64_t>(size_, header->segment_size));
}

std::optional<std::string> WalContent::problem() const {
  if (auto problem = wal_problem(wal_, head_, size_, unrecognised_)) return problem;
  return ending_problem(wal_, head_, last_);
}

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
