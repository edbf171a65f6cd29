#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "barman/wal/lsn.h"

namespace barman {

// One line of a timeline history file: `parent` was left at `switchpoint`.
struct HistoryEntry {
  std::uint32_t parent = 0;
  Lsn switchpoint;
  std::string reason;
};

// Three TAB-separated fields a line; '#' comments and blank lines are skipped. Throws Error(corrupt) naming `file` and
// the line for another shape, or when there is no entry at all.
std::vector<HistoryEntry> parse_history(std::string_view text, std::string_view file);

}  // namespace barman
