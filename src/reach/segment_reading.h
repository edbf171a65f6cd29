#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/wal/note.h"

namespace barman::reach {

// What reading a segment of the archive has shown.
struct Reading {
  std::optional<WalNoter::Result> result;  // std::nullopt: nothing
  bool missing = false;                    // then: it is not there
  std::string problem;                     // or why it could not be read
};

// `before`: what is known of the segment before. Safe from several threads at once.
Reading read_segment(const archive::WalArchive& archive, const Segment& segment, std::optional<WalCarry> before = {});

// The same of many, each by itself, on all cores. A signal ends it.
std::vector<Reading> read_segments(const archive::WalArchive& archive, const std::vector<Segment>& segments);

// The same of one that waits to be archived, or is streamed; std::nullopt: there is none that can be read.
std::optional<WalNoter::Result> read_waiting(const config::ServerConfig& config, const Segment& segment,
                                             std::optional<WalCarry> before);

// That of a segment that nothing is known of.
NotedSegment without_content(const Segment& segment, WalEnd end, std::string reason);

}  // namespace barman::reach
