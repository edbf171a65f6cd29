#include "barman/wal/history.h"

#include <fmt/core.h>

#include <limits>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"

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

}  // namespace barman
