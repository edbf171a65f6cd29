#include "stall_memory.h"

#include <fmt/core.h>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::app {

StallMemory parse_stalls(const std::string& text) {
  StallMemory memory;
  for (const std::string& line : split_lines(text)) {
    const std::size_t blank = line.find(' ');
    const auto seconds = parse_decimal(std::string_view(line).substr(0, blank));
    if (blank == std::string::npos || !seconds || blank + 1 == line.size()) continue;
    memory[line.substr(blank + 1)] = local_timestamp(*seconds * 1'000'000);
  }
  return memory;
}

std::string to_text(const StallMemory& memory) {
  std::string text;
  for (const auto& [kind, since] : memory) text += fmt::format("{} {}\n", since.seconds(), kind);
  return text;
}

StallNews compare(const StallMemory& known, const std::vector<report::Stall>& found, bool complete,
                  const Timestamp& now) {
  StallNews news;
  for (const report::Stall& stall : found) {
    const auto since = known.find(stall.kind);
    if (since == known.end()) news.begun.push_back(stall);
    news.memory.emplace(stall.kind, since == known.end() ? now : since->second);
  }
  for (const auto& [kind, since] : known) {
    if (news.memory.contains(kind)) continue;
    (complete ? news.over : news.memory).emplace(kind, since);
  }
  return news;
}

}  // namespace barman::app
