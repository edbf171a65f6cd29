#pragma once
#include <cstdint>
#include <string_view>

#include "barman/wal/segment.h"

namespace barman {

// XLogPageHeaderData in PostgreSQL's access/xlog_internal.h: what every page of WAL begins with. The first one of a
// segment is longer (SegmentHeader).
struct PageHeader {
  std::uint16_t magic = 0;
  std::uint16_t info = 0;
  std::uint32_t timeline = 0;
  Lsn address{};
  std::uint32_t rest = 0;  // bytes that follow of a record that began earlier

  static constexpr std::uint16_t continues_record = 0x0001, is_long = 0x0002, removable = 0x0004,
                                 overwrites_record = 0x0008, all_flags = 0x000F;
  bool has(std::uint16_t flag) const { return (info & flag) != 0; }
};

inline constexpr std::uint32_t wal_page_size = 8192;
inline constexpr std::uint32_t page_header_size = 24;
inline constexpr std::uint16_t magic_of_18 = 0xD118;

PageHeader parse_page_header(std::string_view bytes);  // page_header_size bytes at least

// Whether a magic number is that of a version of PostgreSQL whose records we know: 9.5 to 18.
bool is_known_magic(std::uint16_t magic);

}  // namespace barman
