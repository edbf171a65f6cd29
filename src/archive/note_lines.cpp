#include "note_lines.h"

#include <fmt/core.h>

#include <bit>

#include "barman/core/numbers.h"

namespace barman::archive {

namespace {

constexpr std::size_t digits = 16;

}  // namespace

std::string note_line(const NoteLine& line) {
  return fmt::format("{:016X} {:016X} {}\n", static_cast<std::uint64_t>(line.stored.size),
                     std::bit_cast<std::uint64_t>(line.stored.time), to_line(line.noted));
}

bool take_stored(std::string_view& line, StoredAs& stored) {
  if (line.size() < stored_columns || line[digits] != ' ' || line[stored_columns - 1] != ' ') return false;
  const auto size = parse_hex(line.substr(0, digits)), time = parse_hex(line.substr(digits + 1, digits));
  if (!size || !time) return false;
  stored.size = static_cast<std::int64_t>(*size);
  stored.time = std::bit_cast<double>(*time);
  line.remove_prefix(stored_columns);
  return true;
}

std::optional<NoteLine> parse_line(std::string_view line) {
  NoteLine parsed;
  if (!take_stored(line, parsed.stored)) return std::nullopt;
  auto noted = parse_note_line(line);
  if (!noted) return std::nullopt;
  parsed.noted = std::move(*noted);
  return parsed;
}

}  // namespace barman::archive
