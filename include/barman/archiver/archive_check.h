#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/xlogdb.h"
#include "barman/wal/segment.h"

// Questions about a whole WAL archive (algorithms.md 16.3).
namespace barman::archiver {

// Why a new cluster must not archive here; nullopt: nothing is in the way. Without a timeline the index must be empty;
// with one, only what is on it or on a later one counts.
std::optional<std::string> archive_in_use(const catalog::XlogDb& xlogdb, std::optional<std::int64_t> timeline);

struct SegmentRange {
  Segment begin, end;
};
// Throws Error(refused) for names that are no segments', of different timelines, or in the wrong order.
SegmentRange parse_segment_range(std::string_view begin, std::string_view end);

// The segments of the range that are not `archived`, in order.
std::vector<std::string> missing_segments(const SegmentRange& range, std::uint64_t segment_size,
                                          const std::function<bool(const std::string& segment)>& archived);

}  // namespace barman::archiver
