#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/core/unique_fd.h"
#include "barman/wal/note.h"

namespace barman::archive {

// What is noted of the segments of one archive (barman/wal/note.h), in a file of our own,
// {backup_directory}/.wal-notes, which Barman ignores. It can be deleted: segments are then read again when they are
// asked for.
//
// A line says of which stored file it was made, as that file's line of the index says it: whatever another program has
// put in its place since has another size or time, and the note counts for nothing. What the index does not list any
// more counts for nothing either. So lines that are out of date do no harm, and neither does one that is cut off.

// The size and time of a file, as its line of the index says.
struct StoredAs {
  std::int64_t size = 0;
  double time = 0;  // seconds
  friend bool operator==(const StoredAs&, const StoredAs&) = default;
};

struct NoteLine {
  StoredAs stored;
  NotedSegment noted;
};

// All lines of the file, of each segment the last one, in the order of the segments.
struct LoadedNotes {
  struct Line {
    StoredAs stored;
    std::uint64_t place = 0;  // in the file
  };
  struct Point {
    Segment segment;
    std::uint64_t place = 0;  // of the line
    NotedPoint point;
  };
  std::vector<WalNote> notes;
  std::vector<Line> read_from;  // of each note
  std::vector<Point> points;    // in the same order; also of lines that do not count
  std::size_t lines = 0;        // also those that do not count
};

class WalNotes {
 public:
  explicit WalNotes(const config::ServerConfig& config);
  const std::string& path() const { return path_; }

  // Without a file there are none. Reads on all cores.
  LoadedNotes load();
  // All that is noted in a line of the last load().
  std::optional<NotedSegment> read(const LoadedNotes::Line& read_from) const;
  // The last line of a segment, if it is one of the last of the file; for whoever adds the next one.
  std::optional<NoteLine> find_last(const Segment& segment) const;

  // Changes need the lock of the index. Throw Error. Added lines need not survive a power cut.
  void add(std::span<const NoteLine> lines) const;
  // Drops the lines, given with their places in the file, that do not stay.
  using Stays = std::function<bool(const Segment&, const StoredAs&, std::uint64_t place)>;
  void keep(const Stays& stays) const;
  void drop_all() const;

 private:
  std::string path_;
  UniqueFd loaded_;
};

}  // namespace barman::archive
