#pragma once
#include <string_view>
#include <vector>

#include "barman/wal/reader.h"
#include "unit/wal/made_wal.h"

namespace barman {

struct Reading {
  std::vector<WalRecord> records;
  std::vector<WalWalk> walks;
};

// In pieces of that size where a test has something to see: at the beginning of the segment, and at its end.
inline WalWalk read_segment(WalReader& reader, const Segment& segment, std::string_view bytes, std::size_t piece) {
  constexpr std::size_t edge = 4 * MadeWal::page;
  reader.start(segment);
  for (std::size_t at = 0, count = 0; at < bytes.size(); at += count) {
    const bool between = at >= edge && at + edge < bytes.size();
    count = between ? bytes.size() - edge - at : piece;
    reader.feed(bytes.substr(at, count));
  }
  return reader.finish();
}

inline Reading read_wal(const std::vector<std::string>& segments, const MadeWal& wal, std::size_t piece = 1 << 20,
                        WalReader::Yield yield = WalReader::Yield::noted) {
  Reading reading;
  WalReader reader([&](const WalRecord& record) { reading.records.push_back(record); }, yield);
  for (std::size_t i = 0; i < segments.size(); ++i)
    reading.walks.push_back(read_segment(reader, wal.segment(i), segments[i], piece));
  return reading;
}

}  // namespace barman
