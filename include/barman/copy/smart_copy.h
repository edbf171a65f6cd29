#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/time.h"
#include "barman/exec/command.h"
#include "barman/exec/retry.h"
#include "barman/fs/host.h"
#include "barman/report/progress.h"

namespace barman::copy {

// Copies trees and single files with rsync so that only what may have changed is read (algorithms.md section 5). Used
// by rsync backups, by restores and by passive nodes. One end is always this machine; the other is `remote_end`, which
// may be this machine too.
//
// What holds afterwards, for each directory: it has the directories and files of the source (links followed, modes and
// times kept) but those excluded, and nothing else but what is protected. A file of equal size and date as in the reuse
// directory (or as was in the destination) is taken from there: unread if it is older than the safe horizon, otherwise
// only if both have the same content. A hard-linked file is replaced, never written to: older backups keep theirs.
// A file that disappears meanwhile is left out when copying from the remote end, an error in the other direction.
enum class ReuseMode { none, copy, link };

struct Item {
  std::string label;  // "pgdata", a tablespace name, "pg_control", ...
  bool directory = true;
  bool optional = false;                         // single file: one that is not there is fine
  bool last = false;                             // after everything else (pg_control)
  std::string source;                            // plain paths, as each end knows them
  std::string destination;                       // its parent exists
  std::vector<std::string> include, exclude;     // rsync patterns; includes come first
  std::vector<std::string> exclude_and_protect;  // paths below the item, with a leading '/': no patterns
  std::optional<std::string> reuse_directory;    // on this machine
  std::int64_t bandwidth_limit = 0;              // kB/s; does not apply to single files
};

struct Request {
  std::vector<Item> items;
  bool source_is_remote_end = true;  // false: from here to remote_end (restore)
  bool files_may_vanish = true;      // from the remote end: a file that disappears meanwhile is not an error
  ReuseMode reuse = ReuseMode::none;
  std::optional<Timestamp> safe_horizon;  // files older than this and of equal size and date are not read again
  bool network_compression = false;
  std::int64_t jobs = 1;                              // rsync processes at a time
  std::int64_t worth_a_job = std::int64_t{32} << 20;  // bytes that make up for the connection of another job
  std::int64_t jobs_start_batch_size = 10, jobs_start_batch_period = 1;  // at most so many starts in so many seconds
  exec::RetryPolicy retry;                                               // for each rsync call
  std::int64_t expected_bytes = 0;                                       // for the progress line; 0: not known
  exec::Cancellation* cancellation = nullptr;  // lets another thread cancel the copy: Interrupted
};

// Seconds; per item in the order of the request. `analysis` is the time of the listing that more than one job needs,
// `copy` from an item's first start to its last end, `serialized` the sum over its jobs.
struct ItemTimes {
  std::string label;
  double analysis = 0, copy = 0, serialized = 0;
  bool analysed = false;
};
struct Statistics {
  double total_time = 0, analysis_time = 0, copy_time = 0, serialized_copy_time = 0;
  std::int64_t number_of_workers = 1;
  std::vector<ItemTimes> items;
};

// Throws Error(remote) "data transfer failure\nrsync error:\n{stderr}" (the text of DETAILS), Interrupted.
Statistics smart_copy(const Request& request, exec::Runner& local, fs::Host& remote_end, Progress& progress);

}  // namespace barman::copy
