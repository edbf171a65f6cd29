#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "barman/wal/reader.h"
#include "barman/wal/segment.h"

namespace barman {

// What is remembered of a segment: enough to say to which moment recovery can go without reading WAL again. A record
// belongs to the segment in which it ends, so that whoever has the segments up to one can replay all that is noted of
// them.
struct WalNote {
  Segment segment;
  std::uint8_t size_exponent = 24;  // the segment has 2 to the power of that bytes
  WalEnd end = WalEnd::segment_end;
  bool joined = false;         // with the one before: the record that crosses is noted here, and sound
  bool last_is_abort = false;  // instead of a commit
  std::uint32_t whole_to = 0;  // offset behind the last whole record
  std::uint32_t ends = 0;      // commits and aborts; what follows means nothing if there are none
  std::uint32_t last_xid = 0;  // of the last one
  std::uint32_t lowest_xid = std::numeric_limits<std::uint32_t>::max(), highest_xid = 0;
  Lsn last_record{};  // begin of the last record of any kind; 0/0: none ends here
  Lsn last_end{};     // begin of the last commit or abort
  std::int64_t first_micros = 0, last_micros = 0;
  std::int64_t latest_micros = std::numeric_limits<std::int64_t>::min();  // clocks do not only go forward

  std::uint64_t segment_size() const { return std::uint64_t{1} << size_exponent; }
  Lsn begin() const { return start_of(segment, segment_size()); }
  Lsn behind() const { return {begin().value + segment_size()}; }
  bool is_whole() const { return end == WalEnd::segment_end; }

  void add(const WalRecord& record);        // that ends here, in order
  void put_first(const WalRecord& record);  // the one that crosses from the segment before
  friend bool operator==(const WalNote&, const WalNote&) = default;
};

// Which of the notes, in the order of their segments, is that of one; std::nullopt: none.
std::optional<std::size_t> find_note(std::span<const WalNote> notes, const Segment& segment);

struct NotedPoint {
  std::string name;
  std::int64_t micros = 0;
  Lsn begin, end;
  friend bool operator==(const NotedPoint&, const NotedPoint&) = default;
};

// All that is remembered.
struct NotedSegment {
  WalNote note;
  std::vector<NotedPoint> points;
  std::optional<OpenRecord> open;  // continues in the next segment
  std::string reason;              // unless the segment is whole
  friend bool operator==(const NotedSegment&, const NotedSegment&) = default;
};

// No line is shorter.
inline constexpr std::size_t shortest_note_line = 162;
// One line without its end, of version 1; the same segment gives the same line. Fixed columns, and behind them what is
// not always there.
std::string to_line(const NotedSegment& noted);
// std::nullopt when it is not a line that to_line writes, another version's among them.
std::optional<NotedSegment> parse_note_line(std::string_view line);
// For millions of lines: reads the columns, and adds restore points to `points`; what else follows is not looked at.
// False when it is no such line; `points` may then have got some.
bool parse_note_line(std::string_view line, WalNote& note, std::vector<NotedPoint>& points);

// For the walk over the segment that follows the noted one.
std::optional<WalCarry> carry_behind(const NotedSegment& noted);

// Makes the note of one segment, while something else is done with its bytes.
class WalNoter {
 public:
  struct Result {
    NotedSegment noted;
    WalWalk walk;
    std::optional<WalCarry> carry;  // for the next segment
  };

  // With what is known of the segment before, which may be nothing: then join() may follow.
  explicit WalNoter(const Segment& segment, std::optional<WalCarry> before = {});
  WalNoter(const WalNoter&) = delete;
  void feed(std::string_view piece) { reader_.feed(piece); }
  Result finish();

 private:
  NotedSegment noted_;
  WalReader reader_;
};

// Completes what was noted of a segment without knowing the one before. False when the segment has to be read again,
// with `before`.
bool join(const WalCarry& before, WalNoter::Result& result);

}  // namespace barman
