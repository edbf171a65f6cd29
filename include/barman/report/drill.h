#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/time.h"
#include "barman/wal/segment.h"

namespace barman::report {

// One restore that was tried out: what was asked for, what was reached, what was found, and how long it took.
struct Drill {
  struct Target {
    std::string kind = "latest";  // time, xid, name, lsn, immediate, latest
    std::optional<std::string> value{};
    bool inclusive = true;
    std::optional<std::string> timeline{};
  };
  // The last commit or abort that was applied; before any, or where the WAL could not be read here, no more than the
  // position.
  struct Point {
    Lsn lsn;
    std::optional<std::uint32_t> xid{};
    std::optional<Timestamp> time{};
  };
  struct Check {
    std::string name;
    std::optional<bool> passed;  // unset: it could not be made, for the reason in `detail`
    std::string detail;
  };
  // Unset: not reached.
  struct Seconds {
    std::optional<double> copy, start, replay, checks;
    std::optional<double> to_consistency, to_target;  // from the first byte copied, without what is only checked
    double total = 0;
  };

  std::string server, backup_id;
  bool passed = false;
  Target target;
  std::optional<Point> reached;
  Seconds seconds;
  std::int64_t bytes_copied = 0;
  std::optional<std::int64_t> wal_bytes, wal_segments;  // replayed
  std::vector<Check> checks;
  std::vector<std::string> notes;   // what was done otherwise than on the server
  std::optional<std::string> kept;  // where the cluster is left
  Timestamp started, ended;
};

// The drills of one server, the newest first.
struct DrillHistory {
  std::string server;
  std::vector<Drill> drills;
};

// "time 2026-01-01 12:00:00+00:00, timeline 2", "latest".
std::string describe(const Drill::Target& target);
// Bytes a second at which WAL was replayed; nullopt: none was, or it took no time.
std::optional<double> replay_rate(const Drill& drill);
// The first check that failed, in words; empty: none.
std::string failure_of(const Drill& drill);

// One JSON object on one line: what is kept of a drill, and what is shown.
std::string to_json_text(const Drill& drill);
// nullopt when it is no such object.
std::optional<Drill> parse_drill(std::string_view json);

}  // namespace barman::report
