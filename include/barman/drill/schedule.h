#pragma once
#include <optional>

#include "barman/config/drill.h"
#include "barman/core/time.h"

namespace barman::drill {

// When cron drills a server.
struct Schedule {
  int days = 1;  // from one drill to the next
  std::optional<config::DrillWindow> window;
};

// Whether a drill is due at `now`, by the clocks of the time zone that `now` is given in. `last`: when the last one was
// started, whoever started it and however it ended. A window that goes beyond midnight belongs to the day on which it
// begins; `days` are counted in such days.
bool is_due(const Schedule& schedule, const std::optional<Timestamp>& last, const Timestamp& now);

}  // namespace barman::drill
