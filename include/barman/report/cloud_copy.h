#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/time.h"

namespace barman::report {

// How far the second copy of a server's catalogue (cloud_copy) is.
struct CloudCopy {
  struct Refused {
    std::string what, why;  // "backup 20260101T000000"
  };
  std::string url;
  std::string problem, advice;            // why it cannot work at all; nothing below is known then
  bool running = false;                   // a run is under way
  std::vector<std::string> copied;        // ids, ascending
  std::vector<std::string> waiting;       // ids, in the order in which they will be copied
  std::vector<Refused> refused;           // what cannot be copied
  std::int64_t wal_waiting = 0;           // files
  std::optional<Timestamp> waits_since;   // the oldest of the files and backups that wait
  std::optional<Timestamp> last_success;  // when a run had copied everything
  std::optional<Timestamp> failed_at;     // unset: the last run did not fail
  std::string failure;
};

// "2 backups and 15 WAL files wait, the oldest since 3 hours; last success 5 minutes ago", or what else there is to
// say; the same in `check` and `status`.
std::string describe(const CloudCopy& copy, const Timestamp& now);

}  // namespace barman::report
