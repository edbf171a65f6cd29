#include "segment_reading.h"

#include "barman/core/error.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"

namespace barman::reach {

NotedSegment without_content(const Segment& segment, WalEnd end, std::string reason) {
  NotedSegment noted;
  noted.note.segment = segment;
  noted.note.end = end;
  noted.reason = std::move(reason);
  return noted;
}

Reading read_segment(const archive::WalArchive& archive, const Segment& segment, std::optional<WalCarry> before) {
  WalNoter noter(segment, std::move(before));
  try {
    archive.read(to_string(segment), [&](std::string_view piece) {
      signals::throw_if_pending();
      noter.feed(piece);
    });
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) return {.result = {}, .missing = true, .problem = error.what()};
    if (error.code() != Errc::corrupt) return {.result = {}, .missing = false, .problem = error.what()};
    // Nobody gets a byte of it: recovery ends at its beginning.
    WalNoter::Result nothing{without_content(segment, WalEnd::damaged, error.what()), {}, {}};
    return {.result = std::move(nothing), .missing = false, .problem = {}};
  }
  return {.result = noter.finish(), .missing = false, .problem = {}};
}

std::vector<Reading> read_segments(const archive::WalArchive& archive, const std::vector<Segment>& segments) {
  std::vector<Reading> readings(segments.size());
  on_all_cores(segments.size(), [&](std::size_t i) { readings[i] = read_segment(archive, segments[i]); });
  return readings;
}

}  // namespace barman::reach
