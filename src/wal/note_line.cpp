#include <fmt/core.h>
#include <fmt/format.h>

#include <array>
#include <bit>
#include <iterator>

#include "barman/core/hex_columns.h"
#include "barman/core/numbers.h"
#include "barman/wal/note.h"

namespace barman {

// 1 NAME E FLAGS WHOLE-TO LAST-RECORD ENDS FIRST LAST LATEST LAST-END LAST-XID LOWEST-XID HIGHEST-XID [o=…] [r=…]
// [p=…]… E: the exponent of the segment's size, as a letter from 'a' for 1 MiB on. FLAGS: how the walk ended, whether
// the note is joined, what the last end of a transaction is. o: the record that continues; r: the reason; p:
// TIME:BEGIN:END:NAME.

namespace {

constexpr char version = '1';
constexpr std::uint8_t smallest_exponent = 20, largest_exponent = 30;
constexpr std::string_view ends = "wndu";  // whole, not written, damaged, unreadable: the order of WalEnd

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte != '%' && byte != 0x7F) {
      escaped += c;
    } else {
      fmt::format_to(std::back_inserter(escaped), "%{:02X}", byte);
    }
  }
  return escaped;
}

// std::nullopt unless escape() gives the text again.
std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const auto byte = parse_hex(text.substr(i + 1, 2));
    if (!byte || text.size() < i + 3) return std::nullopt;
    plain += static_cast<char>(*byte);
    i += 2;
  }
  return escape(plain) == text ? std::optional(plain) : std::nullopt;
}

// In HexColumns' digits.
std::optional<NotedPoint> parse_point(std::string_view text) {
  HexColumns columns(text);
  NotedPoint point;
  point.micros = std::bit_cast<std::int64_t>(columns.number16());
  columns.expect(':');
  point.begin = {columns.number16()};
  columns.expect(':');
  point.end = {columns.number16()};
  columns.expect(':');
  auto name = unescape(columns.rest());
  if (!columns.good() || !name) return std::nullopt;
  point.name = std::move(*name);
  return point;
}

std::string point_text(const NotedPoint& point) {
  return fmt::format(" p={:016X}:{:016X}:{:016X}:{}", std::bit_cast<std::uint64_t>(point.micros), point.begin.value,
                     point.end.value, escape(point.name));
}

// The next " x=…" of `text`: its letter and what follows it, which is not empty... '\0' when it is none.
struct Extra {
  char letter = '\0';
  std::string_view value;
};
Extra take_extra(std::string_view& text) {
  if (text.size() < 3 || text[0] != ' ' || text[2] != '=') return {};
  const std::size_t end = std::min(text.find(' ', 1), text.size());
  const Extra extra{text[1], text.substr(3, end - 3)};
  text.remove_prefix(end);
  return extra;
}

// What follows the columns; std::nullopt when `line` does not begin with them.
std::optional<std::string_view> parse_columns(std::string_view line, WalNote& note) {
  HexColumns columns(line);
  columns.expect(version);
  columns.expect(' ');
  note.segment.timeline = columns.number8();
  note.segment.log = columns.number8();
  note.segment.seg = columns.number8();
  columns.expect(' ');
  note.size_exponent = static_cast<std::uint8_t>(columns.character() - 'a' + smallest_exponent);
  columns.expect(' ');
  const std::size_t end = ends.find(columns.character());
  note.end = static_cast<WalEnd>(end);
  const char joined = columns.character(), last = columns.character();
  note.joined = joined == 'j';
  note.last_is_abort = last == 'a';
  const auto number8 = [&] {
    columns.expect(' ');
    return columns.number8();
  };
  const auto number16 = [&] {
    columns.expect(' ');
    return columns.number16();
  };
  note.whole_to = number8();
  note.last_record = {number16()};
  note.ends = number8();
  note.first_micros = std::bit_cast<std::int64_t>(number16());
  note.last_micros = std::bit_cast<std::int64_t>(number16());
  note.latest_micros = std::bit_cast<std::int64_t>(number16());
  note.last_end = {number16()};
  note.last_xid = number8();
  note.lowest_xid = number8();
  note.highest_xid = number8();
  if (!columns.good() || end == std::string_view::npos || (joined != 'j' && joined != '-') ||
      (last != 'a' && last != '-'))
    return std::nullopt;
  if (note.size_exponent < smallest_exponent || note.size_exponent > largest_exponent) return std::nullopt;
  if (note.whole_to > note.segment_size() || note.segment.seg > last_seg(note.segment_size())) return std::nullopt;
  return columns.rest();
}

}  // namespace

std::string to_line(const NotedSegment& noted) {
  const WalNote& note = noted.note;
  const auto bits = [](std::int64_t number) { return std::bit_cast<std::uint64_t>(number); };
  std::string line =
      fmt::format("{} {} {} {}{}{} {:08X} {:016X} {:08X} {:016X} {:016X} {:016X} {:016X} {:08X} {:08X} {:08X}", version,
                  to_string(note.segment), static_cast<char>('a' + note.size_exponent - smallest_exponent),
                  ends[static_cast<std::size_t>(note.end)], note.joined ? 'j' : '-', note.last_is_abort ? 'a' : '-',
                  note.whole_to, note.last_record.value, note.ends, bits(note.first_micros), bits(note.last_micros),
                  bits(note.latest_micros), note.last_end.value, note.last_xid, note.lowest_xid, note.highest_xid);
  if (noted.open) line += " o=" + noted.open->to_text();
  if (!noted.reason.empty()) line += " r=" + escape(noted.reason);
  for (const NotedPoint& point : noted.points) line += point_text(point);
  return line;
}

bool parse_note_line(std::string_view line, WalNote& note, std::vector<NotedPoint>& points) {
  const auto columns_end = parse_columns(line, note);
  if (!columns_end) return false;
  for (std::string_view rest = *columns_end; !rest.empty();) {
    const Extra extra = take_extra(rest);
    if (extra.letter == '\0') return false;
    if (extra.letter != 'p') continue;
    auto point = parse_point(extra.value);
    if (!point) return false;
    points.push_back(std::move(*point));
  }
  return true;
}

std::optional<NotedSegment> parse_note_line(std::string_view line) {
  NotedSegment noted;
  const auto columns_end = parse_columns(line, noted.note);
  if (!columns_end) return std::nullopt;
  std::string_view rest = *columns_end;
  while (!rest.empty()) {
    const Extra extra = take_extra(rest);
    if (extra.letter == 'o') {
      noted.open = OpenRecord::parse(extra.value);
    } else if (extra.letter == 'r') {
      noted.reason = unescape(extra.value).value_or("");
    } else if (auto point = extra.letter == 'p' ? parse_point(extra.value) : std::nullopt) {
      noted.points.push_back(std::move(*point));
    } else {
      return std::nullopt;
    }
  }
  return to_line(noted) == line ? std::optional(std::move(noted)) : std::nullopt;  // each in its place, once
}

}  // namespace barman
