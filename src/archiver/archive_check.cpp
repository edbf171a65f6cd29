#include "barman/archiver/archive_check.h"

#include <fmt/core.h>

#include "barman/core/count_of.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"

namespace barman::archiver {

std::optional<std::string> archive_in_use(const catalog::XlogDb& xlogdb, std::optional<std::int64_t> timeline) {
  std::optional<std::string> reason;
  std::uint64_t count = 0;
  xlogdb.for_each([&](const catalog::WalEntryView& entry) {
    if (!timeline) {
      reason = "Expected empty archive";
      return false;
    }
    const auto name = parse_wal_name(entry.name);
    if (!name) {
      reason = fmt::format("Unexpected file {} found in WAL archive", entry.name);
      return false;
    }
    if (name->segment.timeline >= *timeline) ++count;
    return true;
  });
  if (reason || count == 0) return reason;
  return fmt::format("Found {} in WAL archive equal to or newer than timeline {}", count_of(count, "file"), *timeline);
}

namespace {

Segment segment_of(std::string_view name) {
  if (const auto segment = parse_segment(name)) return *segment;
  throw Error(Errc::refused, fmt::format("Invalid WAL segment name: {}", name));
}

}  // namespace

SegmentRange parse_segment_range(std::string_view begin, std::string_view end) {
  const SegmentRange range{segment_of(begin), segment_of(end)};
  if (range.begin.timeline != range.end.timeline)
    throw Error(Errc::refused, fmt::format("begin_wal ({}) and end_wal ({}) must be on the same timeline", begin, end));
  if (range.begin > range.end)
    throw Error(Errc::refused, fmt::format("begin_wal ({}) must not be greater than end_wal ({})", begin, end));
  return range;
}

std::vector<std::string> missing_segments(const SegmentRange& range, std::uint64_t segment_size,
                                          const std::function<bool(const std::string& segment)>& archived) {
  std::vector<std::string> missing;
  for (Segment segment = range.begin;; segment = next(segment, segment_size)) {
    signals::throw_if_pending();
    if (segment > range.end) return missing;
    if (std::string name = to_string(segment); !archived(name)) missing.push_back(std::move(name));
    if (segment == range.end) return missing;
  }
}

}  // namespace barman::archiver
