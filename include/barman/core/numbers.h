#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Numbers from text and sizes as text.
namespace barman {

// Decimal digits only, nothing else; std::nullopt also on overflow.
std::optional<std::int64_t> parse_decimal(std::string_view text);
// What Python's int() accepts: sign, surrounding blanks, single underscores between digits.
std::optional<std::int64_t> parse_python_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);      // whole text, C locale
std::optional<std::uint64_t> parse_hex(std::string_view text);  // whole text, either case, at most 16 digits

// "0 B", "1.0 KiB", "22.3 MiB": base 1024, one decimal from KiB on; works for negative values.
std::string human_size(std::int64_t bytes);
std::string human_size(double bytes);

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
