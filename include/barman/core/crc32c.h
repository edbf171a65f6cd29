#pragma once
#include <cstdint>
#include <string_view>

namespace barman {

// CRC-32C (Castagnoli, RFC 3720) of `bytes`, or of what `before` is the CRC of with `bytes` behind it.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The CRC of two texts, one behind the other, from that of each; `size` is the second one's in bytes.
std::uint32_t crc32c_joined(std::uint32_t first, std::uint32_t second, std::uint64_t size);

}  // namespace barman
