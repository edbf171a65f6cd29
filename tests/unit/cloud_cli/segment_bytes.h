#pragma once
#include <cstdint>
#include <string>

#include "unit/wal/segment_page.h"

namespace barman::cloud::cli {

// A whole segment of 1 MiB with a name.
inline std::string segment_bytes(const std::string& wal, char filler) {
  constexpr std::uint32_t size = 1024 * 1024;
  const std::uint64_t log = std::stoull(wal.substr(8, 8), nullptr, 16),
                      seg = std::stoull(wal.substr(16, 8), nullptr, 16);
  std::string content = segment_page((log << 32) + seg * size, 77, size);
  content.resize(size, filler);
  return content;
}

}  // namespace barman::cloud::cli
