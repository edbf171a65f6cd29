#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "barman/recovery/timeline_path.h"
#include "barman/wal/note.h"

namespace barman::recovery {

// What is known of a base backup. Recovery from it begins at `begin` and is consistent from `end` on.
struct BaseBackup {
  std::string id;
  std::uint32_t timeline = 0;
  Lsn begin, end;
  bool standalone = false;  // kept without the WAL behind it
};

struct ArchivedPoint {
  Segment segment;  // in which it ends
  NotedPoint point;
};

// What is known of an archive: notes of its segments, all of one size, in the order of their names, and restore points
// in the same order. A segment without a note is not there.
struct Archive {
  std::vector<WalNote> notes;
  std::vector<ArchivedPoint> points;
};

// The records that end in a segment, in order, when what is noted does not suffice: commits, aborts, restore points;
// all of them with Yield::all.
using ReadRecords = std::function<std::vector<WalRecord>(const Segment&, WalReader::Yield)>;

enum class EndedBy { archive_end, missing_wal, damaged_wal, standalone_backup };

// The segments of an archive on the way to one timeline, in order, and where they can be replayed without a gap. Holds
// places in the archive, which has to stay.
class Chain {
 public:
  Chain(const Archive& archive, TimelinePath path);

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  const TimelinePath& path() const { return path_; }
  std::uint64_t segment_size() const { return segment_size_; }
  std::size_t size() const { return segments_.size(); }
  const WalNote& operator[](std::size_t at) const { return *segments_[at]; }
  std::size_t find(Lsn lsn) const;                                     // the segment with that byte; none
  std::size_t run_end(std::size_t at) const { return run_ends_[at]; }  // the last one replayed from there without a gap
  // Latest time of a commit or abort from there to the end of its run, of the segments and their followers.
  std::int64_t latest_from(std::size_t at) const { return latest_[at]; }
  EndedBy ended_by(std::size_t last) const;  // why recovery ends with a run's last one
  std::vector<Segment> missing_behind(std::size_t last, std::size_t most) const;  // up to the next one that is there

  // Why recovery from a backup cannot become consistent on this way; empty: it can. std::nullopt: the backup is not on
  // it.
  std::optional<std::string> problem(const BaseBackup& backup) const;

 private:
  TimelinePath path_;
  std::uint64_t segment_size_ = default_segment_size;
  std::vector<const WalNote*> segments_;
  std::vector<std::size_t> run_ends_;
  std::vector<std::int64_t> latest_;
};

}  // namespace barman::recovery
