#pragma once
#include <cstdint>
#include <string_view>

namespace barman::codec {

// CRC-32C (Castagnoli, RFC 3720) of `bytes`, or of what `before` is the CRC of with `bytes` behind it.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace barman::codec
