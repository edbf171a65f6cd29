#include "ini_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "barman/core/error.h"

namespace barman::config {
namespace {

constexpr bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

// U+0085, U+00A0, U+1680, U+2000-U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
constexpr auto wide_spaces = std::to_array<std::string_view>(
    {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83",
     "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
     "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"});

// Bytes of the white space character that `text` starts or ends with; 0: none.
std::size_t leading_space(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.front())) return 1;
  if (static_cast<unsigned char>(text.front()) < 0x80) return 0;
  for (const std::string_view space : wide_spaces)
    if (text.starts_with(space)) return space.size();
  return 0;
}

std::size_t trailing_space(std::string_view text) {
  if (text.empty()) return 0;
  if (is_ascii_space(text.back())) return 1;
  if (static_cast<unsigned char>(text.back()) < 0x80) return 0;
  for (const std::string_view space : wide_spaces)
    if (text.ends_with(space)) return space.size();
  return 0;
}

struct Sequence {
  std::size_t length = 0;       // of a well-formed character
  const char* fault = nullptr;  // why it is not one
  std::size_t extent = 0;       // bytes the codec blames
};

Sequence decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  std::size_t length = 0;
  unsigned low = 0x80, high = 0xbf;  // allowed second byte
  if (first >= 0xc2 && first <= 0xdf)
    length = 2;
  else if (first >= 0xe0 && first <= 0xef)
    length = 3;
  else if (first >= 0xf0 && first <= 0xf4)
    length = 4;
  else
    return {0, "invalid start byte", 1};
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size()) return {0, "unexpected end of data", i};
    if (byte(i) < low || byte(i) > high) return {0, "invalid continuation byte", i};
    low = 0x80;
    high = 0xbf;
  }
  return {length, nullptr, 0};
}

[[noreturn]] void not_utf8(std::string_view text, std::size_t position, const Sequence& bad, const std::string& file) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n');
  const std::string where = bad.extent > 1 ? fmt::format("bytes in position {}-{}", position, position + bad.extent - 1)
                                           : fmt::format("byte 0x{:02x} in position {}",
                                                         static_cast<unsigned char>(text[position]), position);
  throw Error(Errc::config, fmt::format("'utf-8' codec can't decode {}: {}", where, bad.fault),
              fmt::format("configuration files are UTF-8: {}:{}", file, line));
}

}  // namespace

std::string_view strip_right(std::string_view text) {
  while (const std::size_t length = trailing_space(text)) text.remove_suffix(length);
  return text;
}

std::string_view strip_left(std::string_view text) {
  while (const std::size_t length = leading_space(text)) text.remove_prefix(length);
  return text;
}

std::string_view strip(std::string_view text) { return strip_right(strip_left(text)); }

std::size_t indentation(std::string_view line) {
  std::size_t count = 0;
  for (; const std::size_t length = leading_space(line); ++count) line.remove_prefix(length);
  return count;
}

std::size_t character_count(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void require_utf8(std::string_view text, const std::string& file) {
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const Sequence sequence = decode(text.substr(i));
    if (sequence.fault != nullptr) not_utf8(text, i, sequence, file);
    i += sequence.length;
  }
}

}  // namespace barman::config
