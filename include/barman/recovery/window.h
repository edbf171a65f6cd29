#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/recovery/archive.h"

namespace barman::recovery {

// A commit or abort.
struct TransactionEnd {
  Lsn lsn;
  std::uint32_t xid = 0;
  std::int64_t micros = 0;
  bool is_abort = false;
  friend bool operator==(const TransactionEnd&, const TransactionEnd&) = default;
};

// Target times that can be reached from a backup: inclusive ones from `from_micros` on and before `to_micros`,
// exclusive ones behind `from_micros` up to `to_micros`. The first is the time of the last commit or abort before the
// backup's end. Where nothing was committed while it was taken, PostgreSQL takes earlier targets, too; what they lead
// to is the state at the backup's end, and not that of their time.
struct Interval {
  std::string backup_id;
  std::uint32_t timeline = 0;               // on which it ends
  std::optional<std::int64_t> from_micros;  // std::nullopt: nothing is known to have been committed before
  std::optional<std::int64_t> to_micros;    // std::nullopt: no time can be reached, only the end of the WAL
  Lsn from_lsn, to_lsn;
  std::optional<TransactionEnd> last;  // when everything is replayed
  EndedBy ended_by = EndedBy::archive_end;
  std::vector<Segment> missing;  // the first of them
};

struct UnrestorableBackup {
  std::string backup_id, reason;
};

struct Window {
  std::vector<Interval> intervals;
  std::vector<ArchivedPoint> points;  // that can be reached from a backup
  std::vector<UnrestorableBackup> unrestorable;
};

// What can be reached on the way to one timeline from backups on it (others are left out), in the order of their begin.
// One before which the WAL reaches without a gap from an earlier one makes no interval, unless earlier times can be
// reached from it: clocks are set back. Without `read` the bounds are those that notes give: a first time that may be a
// little too late, and a last one that leaves out what was written behind the backup's end in the same segment.
Window recovery_window(const Archive& archive, const Chain& chain, std::vector<BaseBackup> backups,
                       const ReadRecords& read);

// Where a backup's WAL lies in a chain, and the latest time of a commit or abort on either side of its end.
struct Edge {
  std::size_t first = 0, at = 0;               // segments of begin and end
  std::optional<std::int64_t> before, behind;  // behind: in the segment of the end
  std::optional<std::int64_t> ahead;           // time of the last one before its begin, as far as that is known
};
Edge edge_of(const Chain& chain, const BaseBackup& backup, const ReadRecords& read);  // needs an empty problem()

}  // namespace barman::recovery
