#include "barman/core/numbers.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <iterator>
#include <string>

#include "barman/core/text.h"

namespace barman {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <typename Number>
std::optional<Number> whole(std::string_view text, auto... how) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, how...);
  if (text.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

// Drops underscores that stand between two digits; std::nullopt when one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      digits += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return digits;
}

}  // namespace

std::optional<std::int64_t> parse_decimal(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  return whole<std::int64_t>(text);
}

std::optional<std::int64_t> parse_python_int(std::string_view text) {
  text = trim(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto digits = without_underscores(text);
  if (!digits) return std::nullopt;
  return whole<std::int64_t>((negative ? "-" : "") + *digits);
}

std::optional<double> parse_double(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto value = whole<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  if (text.size() > 16) return std::nullopt;
  return whole<std::uint64_t>(text, 16);
}

std::string human_size(double bytes) {
  constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
  constexpr double base = 1024;
  if (std::fabs(bytes) < base) return fmt::format("{:.0f} B", std::trunc(bytes) + 0.0);
  std::size_t unit = 0;
  for (bytes /= base; std::fabs(bytes) >= base && unit + 1 < std::size(units); ++unit) bytes /= base;
  return fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string human_size(std::int64_t bytes) { return human_size(static_cast<double>(bytes)); }

}  // namespace barman
