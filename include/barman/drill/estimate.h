#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/report/drill.h"
#include "barman/report/measured_restore.h"
#include "barman/report/restore_plan.h"

namespace barman::drill {

// What a restore has to do, in bytes.
struct Work {
  std::int64_t copied = 0;    // files and WAL
  std::int64_t replayed = 0;  // WAL
  bool remote = false;        // to another host
};

// How long it takes until the server can be used, by bytes a second that were measured, of the last few together, so
// that long ones count for more:
// - the copy by restores to the same kind of place, this host or another one; where there was none, and this host is
//   the destination, by drills, which have a low priority and drill_bandwidth_limit: a restore may be faster;
// - the recovery by drills, which are all that measures it: the replay, and the time to start.
// std::nullopt: the copy was never measured.
//
// `drills`, `restores`: the oldest first.
std::optional<report::RestorePlan::Estimate> estimate(const std::vector<report::Drill>& drills,
                                                      const std::vector<report::MeasuredRestore>& restores,
                                                      const Work& work);

// By what is remembered of this server; nothing for its second copy, of which nothing is.
std::optional<report::RestorePlan::Estimate> estimate(const config::ServerConfig& config, const Work& work);

}  // namespace barman::drill
