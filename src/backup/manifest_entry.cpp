#include "manifest_entry.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "barman/core/time.h"

namespace barman::backup {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string json_string(std::string_view ascii) {
  std::string text = "\"";
  for (const char c : ascii) {
    if (c == '"' || c == '\\')
      text += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      text += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      text += c;
  }
  return text + '"';
}

// "2026-11-21 09:43:22", UTC.
std::string utc(std::int64_t seconds) { return to_python_naive(Timestamp{seconds * 1'000'000, 0}); }

}  // namespace

std::string to_json(const ManifestEntry& entry) {
  // Other names than ASCII have no single spelling: readers take the bytes.
  const std::string path = is_ascii(entry.path) ? fmt::format("\"Path\": {}", json_string(entry.path))
                                                : fmt::format("\"Encoded-Path\": \"{}\"", hex(entry.path));
  return fmt::format(
      "{{\"Checksum\": \"{}\", \"Checksum-Algorithm\": \"SHA256\", \"Last-Modified\": \"{}\", {}, \"Size\": {}}}",
      entry.checksum, utc(entry.mtime), path, entry.size);
}

}  // namespace barman::backup
