#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "barman/core/time.h"

namespace barman::report {

// What a restore would do and where recovery would end (restore --dry-run). Sizes are bytes; what is not known is
// std::nullopt.
struct RestorePlan {
  std::string server, backup_id;
  std::string chosen;                      // why this backup
  std::optional<std::string> destination;  // none was given
  bool remote = false;

  std::optional<bool> possible;       // whether the target is reached; std::nullopt: it cannot be told
  std::optional<std::string> reason;  // of anything but true
  std::uint32_t timeline = 0;         // to which recovery goes; 0: not known
  struct Target {
    std::string kind;  // time, xid, name, lsn, immediate, latest
    std::optional<std::string> value;
    bool inclusive = true;
  } target;
  struct Stop {        // behind the last record that is applied
    std::string kind;  // commit, abort, restore_point, lsn, consistent, end_of_wal
    std::string lsn;
    std::optional<std::uint32_t> xid;    // of the last commit or abort
    std::optional<Timestamp> time;       // of the record, or of that commit or abort
    std::optional<Timestamp> last_time;  // of the last commit or abort
    std::optional<std::string> last_lsn;
  };
  std::optional<Stop> stop;
  std::optional<Timestamp> nearest_before, nearest_after;  // target times that can be reached instead

  std::int64_t copy_bytes = 0;
  struct Wal {  // from the backup's begin to where recovery ends
    std::uint64_t segments = 0, missing_count = 0;
    std::int64_t bytes = 0;            // unpacked
    std::vector<std::string> missing;  // the first of them
    std::int64_t copied_bytes = 0;     // of all WAL that the restore copies
  };
  std::optional<Wal> wal;
  std::optional<std::int64_t> free_bytes;  // at the destination
  // How long it takes until the server can be used, by what was measured.
  struct Estimate {
    double copy_seconds = 0;                 // files and WAL
    bool by_restores = false;                // this was measured by; else by drills
    std::optional<double> recovery_seconds;  // by drills; std::nullopt: never measured
    std::int64_t total_seconds() const;      // of what was measured; at least one
  };
  std::optional<Estimate> estimate;
  std::vector<std::pair<std::string, std::string>> settings;  // of recovery
  std::vector<std::string> warnings;
};

}  // namespace barman::report
