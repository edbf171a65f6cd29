#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace barman {

std::vector<std::string> split(std::string_view text, char separator);  // keeps empty items
std::vector<std::string> split_whitespace(std::string_view text);       // no empty items
std::vector<std::string> split_lines(std::string_view text);            // without line ends; no last empty line
std::string_view trim(std::string_view text);                           // ASCII white space, both ends
std::string join(const std::vector<std::string>& items, std::string_view separator);
std::string to_lower(std::string_view text);  // ASCII only
std::string to_upper(std::string_view text);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
std::string_view base_name(std::string_view path);  // what follows the last '/'

// Decimal digits only, nothing else; std::nullopt also on overflow.
std::optional<std::int64_t> parse_decimal(std::string_view text);
// What Python's int() accepts: sign, surrounding blanks, single underscores between digits.
std::optional<std::int64_t> parse_python_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);      // whole text, C locale
std::optional<std::uint64_t> parse_hex(std::string_view text);  // whole text, either case, at most 16 digits

// Python's repr() of a str (formats.md 3.4) and of a float (shortest form that reads back the same, always with a
// fraction or an exponent).
std::string python_repr(std::string_view utf8);
std::string python_repr(double value);

// "0 B", "1.0 KiB", "22.3 MiB": base 1024, one decimal from KiB on; works for negative values.
std::string human_size(std::int64_t bytes);
std::string human_size(double bytes);

// Hides the values of password= and the password of postgresql://user:password@ (commands.md 1.4); keeps line ends.
std::string redact_passwords(std::string_view text);

// Closest of `candidates` by edit distance, if close enough to be a likely typing error.
std::optional<std::string> did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace barman
