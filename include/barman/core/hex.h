#pragma once
#include <array>
#include <string_view>

namespace barman {

namespace detail {
inline constexpr auto hex_digits = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("0123456789abcdefABCDEF")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();
}  // namespace detail

// Whether all characters are hexadecimal digits, of either case; for every line of an index, so without branches.
inline bool is_hex(std::string_view text) {
  bool all = true;
  for (const char c : text) all &= detail::hex_digits[static_cast<unsigned char>(c)];
  return all;
}

}  // namespace barman
