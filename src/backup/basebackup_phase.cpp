#include "basebackup_phase.h"

#include <array>
#include <utility>

namespace barman::backup {

std::optional<BasebackupPhase> phase_begun_by(std::string_view line) {
  using enum BasebackupPhase;
  static constexpr std::array<std::pair<std::string_view, BasebackupPhase>, 4> words = {{
      {"waiting for checkpoint to complete", checkpoint},
      {"checkpoint completed", copying},
      {"waiting for required WAL segments to be archived", archiving},
      {"syncing data to disk", syncing},
  }};
  for (const auto& [text, phase] : words)
    if (line.find(text) != std::string_view::npos) return phase;
  return std::nullopt;
}

}  // namespace barman::backup
