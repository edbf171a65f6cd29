#pragma once
#include <cstdint>
#include <vector>

#include "barman/wal/segment.h"
#include "barman/wal/text_files.h"

namespace barman::recovery {

// The timelines through which recovery goes to one of them, as its history file says.
class TimelinePath {
 public:
  // `history` is that of `timeline`; empty for one that has none, the first.
  TimelinePath(std::uint32_t timeline, const std::vector<HistoryEntry>& history);

  struct Leg {
    std::uint32_t timeline = 0;
    Lsn begin, end;  // of the last one: as far as there is
  };
  const std::vector<Leg>& legs() const { return legs_; }
  std::uint32_t target() const { return legs_.back().timeline; }
  std::uint32_t timeline_at(Lsn lsn) const;  // to which the byte at `lsn` belongs
  // Whose file recovery reads: of the timelines that have a part of the segment, the latest.
  std::uint32_t timeline_of_segment(Lsn begin, std::uint64_t segment_size) const;

 private:
  std::vector<Leg> legs_;
};

}  // namespace barman::recovery
