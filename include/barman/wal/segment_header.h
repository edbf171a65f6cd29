#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "barman/wal/lsn.h"

namespace barman {

// What the first page of every segment says of it: XLogLongPageHeaderData in PostgreSQL's access/xlog_internal.h, the
// same from version 9.3 to 18, in the byte order of the machine that wrote it.
struct SegmentHeader {
  std::uint32_t timeline = 0;   // of the first page: in the segment in which a timeline begins, its parent's
  Lsn address;                  // where the segment starts
  std::uint64_t system_id = 0;  // of the cluster
  std::uint32_t segment_size = 0;
};

inline constexpr std::size_t segment_header_size = 40;

// std::nullopt when `head` is no such header.
std::optional<SegmentHeader> parse_segment_header(std::string_view head);
// Whether the first bytes of a header (too few to parse) may be these. Fewer than four say nothing: false.
bool begins_as_segment_header(std::string_view head);

bool is_segment_size(std::uint64_t bytes);  // a power of two from 1 MB to 1 GB

}  // namespace barman
