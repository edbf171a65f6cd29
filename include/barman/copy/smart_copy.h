#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/time.h"
#include "barman/exec/command.h"
#include "barman/exec/retry.h"
#include "barman/fs/host.h"
#include "barman/report/progress.h"

namespace barman::copy {

// Copies trees and single files with rsync so that only what may have changed is read (algorithms.md section 5). Used by
// rsync backups, by restores and by passive nodes. One end is always this machine; the other is `remote_end`, which may
// be this machine too.
enum class ReuseMode { none, copy, link };

struct Item {
  std::string label;                       // "pgdata", a tablespace name, "pg_control", ...
  bool directory = true;
  bool optional = false;                   // single file: absent is fine (rsync exit 23)
  bool last = false;                       // after everything else (pg_control)
  std::string source;                      // plain paths, as each end knows them
  std::string destination;
  std::vector<std::string> include, exclude;
  std::vector<std::string> exclude_and_protect;
  std::optional<std::string> reuse_directory;  // on this machine
  std::int64_t bandwidth_limit = 0;        // kB/s
};

struct Request {
  std::vector<Item> items;
  bool source_is_remote_end = true;        // false: from here to remote_end (restore)
  ReuseMode reuse = ReuseMode::none;
  std::optional<Timestamp> safe_horizon;   // files older than this and of equal size and date are not read again
  bool network_compression = false;
  std::int64_t jobs = 1;
  std::int64_t jobs_start_batch_size = 10, jobs_start_batch_period = 1;
  exec::RetryPolicy retry;
};

// Seconds; per item in the order of the request.
struct ItemTimes { std::string label; double analysis = 0, copy = 0; bool analysed = false; };
struct Statistics {
  double total_time = 0, analysis_time = 0, copy_time = 0, serialized_copy_time = 0;
  std::int64_t number_of_workers = 1;
  std::vector<ItemTimes> items;
};

// Throws Error(remote) "data transfer failure\nrsync error:\n{stderr}" (the text of DETAILS), Error(interrupted).
Statistics smart_copy(const Request& request, exec::Runner& local, fs::Host& remote_end, Progress& progress);

}  // namespace barman::copy
