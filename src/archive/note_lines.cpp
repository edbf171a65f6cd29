#include "note_lines.h"

#include <fmt/core.h>

#include <bit>

#include "barman/core/hex_columns.h"

namespace barman::archive {

std::string note_line(const NoteLine& line) {
  return fmt::format("{:016X} {:016X} {}\n", static_cast<std::uint64_t>(line.stored.size),
                     std::bit_cast<std::uint64_t>(line.stored.time), to_line(line.noted));
}

bool take_stored(std::string_view& line, StoredAs& stored) {
  HexColumns columns(line);
  stored.size = static_cast<std::int64_t>(columns.number16());
  columns.expect(' ');
  stored.time = std::bit_cast<double>(columns.number16());
  columns.expect(' ');
  if (!columns.good()) return false;
  line = columns.rest();
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
