#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/wal/lsn.h"

namespace barman::clients {

// What the first page of every segment says of it: XLogLongPageHeaderData in PostgreSQL's access/xlog_internal.h, the
// same from version 9.3 to 18, in the byte order of the machine.
struct SegmentHeader {
  Lsn address;                  // where the segment starts
  std::uint64_t system_id = 0;  // of the cluster
  std::uint32_t segment_size = 0;
};

inline constexpr std::size_t segment_header_size = 40;

// std::nullopt when `head` is no such header.
std::optional<SegmentHeader> parse_segment_header(std::string_view head);

// Whether a file of `size` bytes beginning with `head` may be served as the segment `wal`: whole, and, where the header
// can tell, the segment of that name and of the cluster `system_id` (nullopt: any). Content that is no WAL of
// PostgreSQL is judged by its size alone.
bool is_whole_segment(std::string_view wal, std::string_view head, std::uint64_t size,
                      std::optional<std::uint64_t> system_id);

// System identifier of the cluster whose pg_wal directory is going to hold `wal_destination`, from its pg_control;
// std::nullopt when there is none.
std::optional<std::uint64_t> system_id_near(const std::string& wal_destination);

}  // namespace barman::clients
