#include "delivery.h"

#include <fmt/core.h>

#include "barman/wal/segment_header.h"

namespace barman::archiver {

std::uint64_t largest_delivery(WalKind kind) {
  constexpr std::uint64_t mib = 1024 * 1024;
  const bool text = kind == WalKind::history || kind == WalKind::backup_label;
  return text ? mib : 1024 * mib + 64 * mib;
}

std::optional<std::string> delivery_problem(const WalName& wal, std::string_view head, std::uint64_t size,
                                            bool packed) {
  if (wal.kind == WalKind::history || wal.kind == WalKind::backup_label) return std::nullopt;
  const auto header = parse_segment_header(head);
  if (!header) {
    if (packed || is_segment_size(size)) return std::nullopt;
    return fmt::format("{} bytes, which is no size of a WAL segment", size);
  }
  if (header->segment_size != size)
    return fmt::format("{} bytes of a WAL segment of {} bytes", size, header->segment_size);
  const Segment segment = segment_at(header->address, wal.segment.timeline, size);
  if (header->address == start_of(wal.segment, size)) return std::nullopt;
  return fmt::format("it begins as segment {}", to_string(segment));
}

}  // namespace barman::archiver
