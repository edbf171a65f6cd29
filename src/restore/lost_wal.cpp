#include "lost_wal.h"

#include <fmt/core.h>

#include <algorithm>
#include <variant>

namespace barman::restore {

bool may_read(const Segment& segment, const Forecast& forecast) {
  if (!forecast.path) return true;
  const std::uint64_t size = forecast.wal.segment_size;
  const Lsn begin = start_of(segment, size);
  if (forecast.path->timeline_of_segment(begin, size) != segment.timeline) return false;
  const auto last = read_to(forecast);
  const bool to_the_end = std::holds_alternative<recovery::TargetLatest>(forecast.target);
  return to_the_end || !last || begin <= start_of(*last, size);
}

LostWal lost_wal(const WalSelection& selection, const Forecast& forecast, archive::WalArchive& archive) {
  std::vector<Segment> wanted;
  archive.index().for_each([&](const catalog::WalEntryView& entry) {
    if (!is_wal_segment(entry.name) || !selection.wants(entry.name)) return true;
    if (const auto segment = parse_segment(entry.name)) wanted.push_back(*segment);
    return true;
  });
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const std::vector<char> there = archive.are_there(wanted);
  LostWal lost;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (there[i] == 0) (may_read(wanted[i], forecast) ? lost.needed : lost.others).push_back(to_string(wanted[i]));
  return lost;
}

std::string lost_in_words(const LostWal& lost, const archive::WalArchive& archive) {
  const bool any_needed = !lost.needed.empty();
  const std::vector<std::string>& which = any_needed ? lost.needed : lost.others;
  const std::string more = which.size() == 1 ? "" : fmt::format(" (nor {} more)", which.size() - 1);
  return fmt::format("'{}' is listed in the WAL index but does not exist{}{}", archive.location(which.front()), more,
                     any_needed ? "" : ": recovery does not need it");
}

std::string advice_on_lost(const archive::WalArchive& archive) {
  return fmt::format("run 'barman rebuild-xlogdb {}', then check-backup, to see what is still complete",
                     archive.config().name);
}

}  // namespace barman::restore
