#pragma once
#include <optional>
#include <string_view>

#include "barman/core/time.h"

namespace barman {

// A time as a person typed it (restore --target-time).
struct HumanTime {
  Timestamp time;                    // the earlier one where a local clock reading means two instants, or none
  bool had_zone = false;             // an offset or the name of one was given; without one the local zone is assumed
  std::optional<Timestamp> or_else;  // the clocks showed it twice: the later instant
  bool skipped = false;              // the clocks never showed it: read with the offset that began then
};

// ISO 8601, what to_python, to_iso and PostgreSQL write, ctime's form, "T" or blank, a date alone, times without
// seconds or minutes. Names of offsets are UTC, GMT, Z, and those that the local zone uses within ten years of that
// time: each means its own offset, also when another one is in force.
std::optional<HumanTime> read_human_time(std::string_view text);

}  // namespace barman
