#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/wal/segment.h"

namespace barman {

// What the first page of every segment says of it: XLogLongPageHeaderData in PostgreSQL's access/xlog_internal.h, the
// same from version 9.3 to 18, in the byte order of the machine that wrote it.
struct SegmentHeader {
  std::uint32_t timeline = 0;   // of the first page: in the segment in which a timeline begins, its parent's
  Lsn address;                  // where the segment starts
  std::uint64_t system_id = 0;  // of the cluster
  std::uint32_t segment_size = 0;
};

inline constexpr std::size_t segment_header_size = 40;

// std::nullopt when `head` is no such header.
std::optional<SegmentHeader> parse_segment_header(std::string_view head);
// Whether the first bytes of a header (too few to parse) may be these. Fewer than four say nothing: false.
bool begins_as_segment_header(std::string_view head);

bool is_segment_size(std::uint64_t bytes);  // a power of two from 1 MB to 1 GB

// Whether bytes are the WAL file of a name: the one judgement for all who take, keep or hand out WAL. Pure.

// What to think of a segment that does not begin as PostgreSQL begins one. Where archive_command or an operator may
// have packed it with a program unknown to us, nothing speaks against it; where PostgreSQL itself is the next to read
// or was the last to write it, it has to have a segment's size at least.
enum class Unrecognised { accept, refuse };

// Why `size` bytes that begin with `head` (segment_header_size bytes, or all there are) are not the file `wal`;
// std::nullopt: nothing speaks against it. A segment must have the size and the address that its own header gives, and
// not be empty or begin with zeros. The timeline in the header may be lower than that of the name: a segment in which
// a timeline begins is a copy of its parent's. History files and backup labels must not be empty. What is known to be
// compressed or encrypted has to be judged by what it unpacks to.
std::optional<std::string> wal_problem(const WalName& wal, std::string_view head, std::uint64_t size,
                                       Unrecognised unrecognised);

// Whether it is text, which PostgreSQL ends with the end of a line: a history file or a backup label.
bool is_text(WalKind kind);
// Why text that begins with `head` and ends in `last` is not all of the file; for where no sender vouches for it. What
// does not begin as text may be packed by a program unknown to us.
std::optional<std::string> ending_problem(const WalName& wal, std::string_view head, char last);

// The same for content that comes piece by piece.
class WalContent {
 public:
  explicit WalContent(const WalName& wal, Unrecognised unrecognised = Unrecognised::accept)
      : wal_(wal), unrecognised_(unrecognised) {}
  // What speaks against it already, whatever follows.
  std::optional<std::string> add(std::string_view piece);
  std::optional<std::string> problem() const;

 private:
  WalName wal_;
  Unrecognised unrecognised_;
  std::string head_;
  std::uint64_t size_ = 0;
  char last_ = '\0';
};

}  // namespace barman
