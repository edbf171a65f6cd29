#pragma once
#include <cstddef>
#include <cstring>
#include <string_view>

namespace barman {

// PostgreSQL writes numbers in the byte order of its machine. `at` and what follows it must be within `bytes`.
template <typename Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

inline bool is_zeros(std::string_view bytes) {  // also when there are none
  return bytes.empty() || (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace barman
