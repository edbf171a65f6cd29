#include <fmt/format.h>

#include <iterator>

#include "barman/core/text.h"
#include "printable.h"

namespace barman {

namespace {

struct Decoded {
  char32_t code = 0;
  std::size_t size = 0;  // bytes; 0: not UTF-8
};

Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {};
  char32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, size};
}

void append_escaped(std::string& out, char32_t code) {
  const auto number = static_cast<std::uint32_t>(code);
  auto end = std::back_inserter(out);
  if (code == '\n') {
    out += "\\n";
  } else if (code == '\r') {
    out += "\\r";
  } else if (code == '\t') {
    out += "\\t";
  } else if (code < 0x100) {
    fmt::format_to(end, "\\x{:02x}", number);
  } else if (code < 0x10000) {
    fmt::format_to(end, "\\u{:04x}", number);
  } else {
    fmt::format_to(end, "\\U{:08x}", number);
  }
}

}  // namespace

// Bytes that are not UTF-8 come out as the surrogates Python reads them as (\udcNN).
std::string python_repr(std::string_view utf8) {
  const bool has_single = utf8.find('\'') != std::string_view::npos,
             has_double = utf8.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  std::string out(1, quote);
  while (!utf8.empty()) {
    const Decoded character = decode(utf8);
    if (character.size == 0) {
      append_escaped(out, 0xDC00U + static_cast<unsigned char>(utf8[0]));
    } else if (character.code == '\\' || character.code == static_cast<unsigned char>(quote)) {
      out += '\\';
      out += utf8[0];
    } else if (is_printable(character.code)) {
      out += utf8.substr(0, character.size);
    } else {
      append_escaped(out, character.code);
    }
    utf8.remove_prefix(character.size == 0 ? 1 : character.size);
  }
  out += quote;
  return out;
}

}  // namespace barman
