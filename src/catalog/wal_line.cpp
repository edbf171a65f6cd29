#include "wal_line.h"

#include <fmt/core.h>

#include <array>
#include <charconv>

#include "barman/core/text.h"

namespace barman::catalog {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::string_view without_none(std::string_view word) { return word == "None" ? std::string_view() : word; }

std::optional<std::string> owned(std::string_view word) {
  return word.empty() ? std::nullopt : std::optional<std::string>(word);
}

}  // namespace

bool parse_wal_line(std::string_view line, WalEntryView& view) {
  std::array<std::string_view, 5> columns;
  std::size_t count = 0;
  const char* at = line.data();
  const char* const end = at + line.size();
  while (true) {
    while (at != end && is_blank(*at)) ++at;
    if (at == end) break;
    const char* const begin = at;
    while (at != end && !is_blank(*at)) ++at;
    if (count == columns.size()) return false;
    columns[count++] = {begin, static_cast<std::size_t>(at - begin)};
  }
  if (count < 3 || !parse_number(columns[1], view.size) || !parse_number(columns[2], view.time)) return false;
  view.name = columns[0];
  view.compression = without_none(columns[3]);
  view.encryption = without_none(columns[4]);
  view.line = line;
  return true;
}

std::string serialize(const WalEntry& entry) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\n", entry.name, entry.size, python_repr(entry.time),
                     entry.compression.value_or("None"), entry.encryption.value_or("None"));
}

WalEntry parse_wal_entry(std::string_view line) {
  WalEntryView view;
  if (!parse_wal_line(line, view))
    throw Error(Errc::corrupt, fmt::format("cannot parse line: '{}'", line), "run rebuild-xlogdb to recreate the WAL index");
  return {std::string(view.name), view.size, view.time, owned(view.compression), owned(view.encryption)};
}

}  // namespace barman::catalog
