#pragma once
#include <cstdint>
#include <string>

namespace barman {

// The first page of a segment, as PostgreSQL writes it.
inline std::string segment_page(std::uint64_t address, std::uint64_t system_id, std::uint32_t segment_size) {
  std::string page(8192, '\0');
  const auto put = [&](std::size_t at, auto value) {
    page.replace(at, sizeof value, reinterpret_cast<const char*>(&value), sizeof value);
  };
  put(0, std::uint16_t{0xD110});
  put(2, std::uint16_t{0x0002});
  put(4, std::uint32_t{1});
  put(8, address);
  put(24, system_id);
  put(32, segment_size);
  put(36, std::uint32_t{8192});
  return page;
}

// The segment of a name, 1 MiB of the system 77, as PostgreSQL would write it.
inline std::string whole_segment(const std::string& wal, char filler = 'w') {
  constexpr std::uint32_t size = 1024 * 1024;
  const std::uint64_t log = std::stoull(wal.substr(8, 8), nullptr, 16),
                      seg = std::stoull(wal.substr(16, 8), nullptr, 16);
  std::string content = segment_page((log << 32) + seg * size, 77, size);
  content.resize(size, filler);
  return content;
}

}  // namespace barman
