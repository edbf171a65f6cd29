#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/report/drill.h"

namespace barman::drill {

// What a restore has to do, in bytes.
struct Work {
  std::int64_t copied = 0;    // files and WAL
  std::int64_t replayed = 0;  // WAL
};

// How long it takes on this host until the server can be used, by what drills have measured: bytes a second of the
// copy and of the replay, and the time to start, all of the last few together, so that long ones count for more. A
// drill has a low priority and drill_bandwidth_limit: a restore may be faster. nullopt: a part of it was never
// measured.
//
// `history`: the oldest first.
std::optional<std::int64_t> estimate_seconds(const std::vector<report::Drill>& history, const Work& work);

// By the drills of this server.
std::optional<std::int64_t> estimate_seconds(const config::ServerConfig& config, const Work& work);

}  // namespace barman::drill
