#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/time.h"
#include "barman/wal/segment.h"

namespace barman::report {

// One stretch of moments that can be restored, from one backup on.
struct RecoveryInterval {
  std::string backup_id;
  std::uint32_t timeline = 0;          // on which it ends
  std::optional<Timestamp> from_time;  // unset: nothing is known to have been committed before
  std::optional<Timestamp> to_time;    // a target has to be earlier; unset: only the end of the WAL can be reached
  Lsn from_lsn, to_lsn;
  std::string ended_by;              // "archive_end", "missing_wal", "damaged_wal", "standalone_backup"
  std::vector<std::string> missing;  // the first segments that are not there
};

struct ReachablePoint {
  std::string name;
  Timestamp time;
  Lsn lsn;  // behind it
  std::uint32_t timeline = 0;
};

struct WithReason {
  std::string what;  // the id of a backup, or a segment
  std::string reason;
};

// recovery-window: to which moments a server can be restored.
struct RecoveryWindow {
  std::string server;
  bool brief = false;  // one line, for people
  std::vector<RecoveryInterval> intervals;
  std::vector<ReachablePoint> points;
  // How long ago the newest commit was made that can be restored; 0 when nothing was committed since. Unset: none.
  std::optional<double> exposure;               // with what is archived
  std::optional<double> exposure_with_partial;  // and with what is streamed, or waits
  std::vector<WithReason> unrestorable, damaged;
  std::vector<WithReason> unread;  // segments that could not be looked into
  bool verified = false;           // every segment was read for this answer
  std::size_t presumed = 0;        // segments of which nothing is known but that they are there
};

}  // namespace barman::report
