#include "barman/recovery/timeline_path.h"

#include <algorithm>
#include <limits>

namespace barman::recovery {

TimelinePath::TimelinePath(std::uint32_t timeline, const std::vector<HistoryEntry>& history) {
  Lsn begin{};
  for (const HistoryEntry& entry : history) {
    legs_.push_back({entry.parent, begin, entry.switchpoint});
    begin = entry.switchpoint;
  }
  legs_.push_back({timeline, begin, {std::numeric_limits<std::uint64_t>::max()}});
}

std::uint32_t TimelinePath::timeline_at(Lsn lsn) const {
  const auto leg = std::ranges::find_if(legs_, [&](const Leg& each) { return lsn < each.end; });
  return leg == legs_.end() ? target() : leg->timeline;
}

std::uint32_t TimelinePath::timeline_of_segment(Lsn begin, std::uint64_t segment_size) const {
  return timeline_at({begin.value + segment_size - 1});
}

}  // namespace barman::recovery
