#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/wal/history.h"
#include "barman/wal/lsn.h"

// Whether a receiver that goes on where it stopped stays on the way of its server, which may have been promoted,
// restored or exchanged meanwhile. Pure but for the notifier's part in receive_wal.
namespace barman::archiver {

// Where pg_receivewal goes on from what it finds in streaming/: at the start of the highest segment that is partial, or
// behind the highest that is complete (FindStreamingStart in PostgreSQL's pg_receivewal.c: the segment number counts
// first, then the timeline). std::nullopt: it finds nothing and starts at the slot, or where the server is.
struct ResumePoint {
  std::uint32_t timeline = 0;
  Lsn position;
  friend bool operator==(const ResumePoint&, const ResumePoint&) = default;
};
std::optional<ResumePoint> resume_point(const std::vector<std::string>& names, std::uint64_t segment_size);

struct Course {
  enum class What {
    straight,  // the server is on the timeline that was received, or nothing was
    follow,    // its timeline left the received one at or after the resume point: nothing is missing, nothing is lost
    beyond,    // ... before it: what was received behind `fork` is not in the server's past
    stranger,  // the received timeline is not in the server's past at all
    behind,    // the received timeline is newer than the server's: it is not the one that was promoted
  } what = What::straight;
  Lsn fork;  // where the server's past left the received timeline
};
// `history`: of the server's timeline; empty for timeline 1.
Course plot_course(const std::optional<ResumePoint>& resume, std::uint32_t server_timeline,
                   const std::vector<HistoryEntry>& history);

// What is wrong, for people; empty where the receiver may go on. `mend`: a command for it.
struct Obstacle {
  std::string text, mend;
};
std::optional<Obstacle> obstacle(const Course& course, const ResumePoint& resume, std::uint32_t server_timeline,
                                 const std::string& server);

}  // namespace barman::archiver
