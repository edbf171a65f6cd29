#include "barman/wal/text_files.h"

#include <fmt/core.h>

#include <limits>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/wal/segment.h"

namespace barman {

std::vector<HistoryEntry> parse_history(std::string_view text, std::string_view file) {
  std::vector<HistoryEntry> entries;
  std::size_t number = 0;
  for (const std::string& line : split_lines(text)) {
    ++number;
    const std::string_view content = trim(line);
    if (content.empty() || content.front() == '#') continue;
    const auto fields = split(content, '\t');
    if (fields.size() != 3)
      throw Error(Errc::corrupt,
                  fmt::format("{}:{}: expected 3 fields separated by TAB, found {}", file, number, fields.size()),
                  "fetch the history file again from the server that wrote it");
    const auto parent = parse_decimal(trim(fields[0]));
    const auto switchpoint = parse_lsn(trim(fields[1]));
    if (!parent || *parent > std::numeric_limits<std::uint32_t>::max() || !switchpoint)
      throw Error(Errc::corrupt, fmt::format("{}:{}: '{}' is not a timeline followed by an LSN", file, number, content),
                  "fetch the history file again from the server that wrote it");
    entries.push_back({static_cast<std::uint32_t>(*parent), *switchpoint, fields[2]});
  }
  if (entries.empty())
    throw Error(Errc::corrupt, fmt::format("{}: no timeline in the history file", file),
                "fetch the history file again from the server that wrote it");
  return entries;
}

namespace {

[[noreturn]] void bad_label(std::string_view what) {
  throw Error(Errc::corrupt, fmt::format("invalid backup_label: {}", what),
              "the backup cannot be used: take another one");
}

// The value of a "KEY: value" line.
std::optional<std::string_view> after(std::string_view line, std::string_view key) {
  if (!line.starts_with(key)) return std::nullopt;
  return trim(line.substr(key.size()));
}

// "0/2000028 (file 000000010000000000000002)"
void read_start_location(std::string_view value, BackupLabel& label) {
  constexpr std::string_view opening = " (file ";
  const std::size_t at = value.find(opening);
  if (at == std::string_view::npos || !value.ends_with(')')) bad_label(fmt::format("START WAL LOCATION: {}", value));
  const auto lsn = parse_lsn(value.substr(0, at));
  label.start_wal = value.substr(at + opening.size(), value.size() - at - opening.size() - 1);
  if (!lsn || !is_wal_segment(label.start_wal)) bad_label(fmt::format("START WAL LOCATION: {}", value));
  label.start = *lsn;
}

}  // namespace

BackupLabel parse_backup_label(std::string_view text) {
  BackupLabel label;
  for (const std::string& line : split_lines(text)) {
    if (const auto location = after(line, "START WAL LOCATION:")) {
      read_start_location(*location, label);
    } else if (const auto time = after(line, "START TIME:")) {
      bool had_zone = false;
      label.start_time = parse_human_timestamp(*time, had_zone);
    } else if (const auto timeline = after(line, "START TIMELINE:")) {
      const auto number = parse_decimal(*timeline);
      if (!number || *number == 0 || *number > std::numeric_limits<std::uint32_t>::max())
        bad_label(fmt::format("START TIMELINE: {}", *timeline));
      label.start_timeline = static_cast<std::uint32_t>(*number);
    }
  }
  if (label.start_wal.empty()) bad_label("no START WAL LOCATION line");
  return label;
}

}  // namespace barman
