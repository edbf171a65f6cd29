#include "barman/recovery/archive.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace barman::recovery {

namespace {

Lsn segment_begin(Lsn lsn, std::uint64_t size) { return {lsn.value / size * size}; }

}  // namespace

// Of each timeline the segments from that in which it begins up to the one before that in which it is left, which
// belongs to the timeline that begins there.
Chain::Chain(const Archive& archive, TimelinePath path) : path_(std::move(path)) {
  if (!archive.notes.empty()) segment_size_ = archive.notes.front().segment_size();
  const auto by_name = [](const WalNote& note, const Segment& segment) { return note.segment < segment; };
  for (const TimelinePath::Leg& leg : path_.legs()) {
    const auto first = std::lower_bound(archive.notes.begin(), archive.notes.end(),
                                        segment_at(leg.begin, leg.timeline, segment_size_), by_name);
    const auto last =
        std::lower_bound(first, archive.notes.end(), segment_at(leg.end, leg.timeline, segment_size_), by_name);
    segments_.reserve(segments_.size() + static_cast<std::size_t>(last - first));
    for (auto note = first; note != last; ++note) segments_.push_back(&*note);
  }
  run_ends_.resize(size());
  latest_.resize(size());
  for (std::size_t at = size(); at-- > 0;) {
    const WalNote& note = *segments_[at];
    const bool continues = at + 1 < size() && note.is_whole() && segments_[at + 1]->begin() == note.behind();
    run_ends_[at] = continues ? run_ends_[at + 1] : at;
    latest_[at] = note.ends == 0 ? std::numeric_limits<std::int64_t>::min() : note.latest_micros;
    if (continues) latest_[at] = std::max(latest_[at], latest_[at + 1]);
  }
}

std::size_t Chain::find(Lsn lsn) const {
  const Lsn begin = segment_begin(lsn, segment_size_);
  const auto found = std::ranges::lower_bound(segments_, begin, {}, [](const WalNote* note) { return note->begin(); });
  if (found == segments_.end() || (*found)->begin() != begin) return none;
  return static_cast<std::size_t>(found - segments_.begin());
}

EndedBy Chain::ended_by(std::size_t last) const {
  const WalNote& note = *segments_[last];
  if (note.end == WalEnd::damaged || note.end == WalEnd::unreadable) return EndedBy::damaged_wal;
  if (last + 1 == size()) return EndedBy::archive_end;
  return note.is_whole() ? EndedBy::missing_wal : EndedBy::damaged_wal;
}

std::vector<Segment> Chain::missing_behind(std::size_t last, std::size_t most) const {
  std::vector<Segment> missing;
  if (last + 1 >= size()) return missing;
  const Lsn next = segments_[last + 1]->begin();
  for (Lsn at = segments_[last]->behind(); at < next && missing.size() < most; at.value += segment_size_)
    missing.push_back(segment_at(at, path_.timeline_of_segment(at, segment_size_), segment_size_));
  return missing;
}

std::optional<std::string> Chain::problem(const BaseBackup& backup) const {
  const Lsn last_byte{std::max(backup.end.value, backup.begin.value + 1) - 1};
  if (path_.timeline_at(backup.begin) != backup.timeline || path_.timeline_at(last_byte) != backup.timeline)
    return std::nullopt;
  std::size_t at = none;
  for (Lsn begin = segment_begin(backup.begin, segment_size_); begin <= last_byte; begin.value += segment_size_) {
    at = find(begin);
    const std::string name =
        to_string(segment_at(begin, path_.timeline_of_segment(begin, segment_size_), segment_size_));
    if (at == none) return fmt::format("WAL segment {} is missing", name);
    const WalNote& note = *segments_[at];
    const bool needs_all = backup.end >= note.behind();
    if (!note.is_whole() && (needs_all || note.begin().value + note.whole_to < backup.end.value))
      return fmt::format("WAL segment {} cannot be replayed beyond {}", name,
                         to_string(Lsn{note.begin().value + note.whole_to}));
  }
  return "";
}

}  // namespace barman::recovery
