#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "barman/check/check.h"
#include "barman/config/configuration.h"

namespace barman::app {

// What stands still on one server; PostgreSQL is given `patience` to answer.
check::StallSearch stalls_of_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                    std::chrono::seconds patience);

// Looks for what stands still on each of the servers and tells the log, and nobody else, what has begun to since it
// last looked and what is over. A server that does not answer within seconds is left for the next time.
void watch_for_stalls(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers);

// Whether something of that kind stood still when watch_for_stalls() last looked.
bool stands_still(const config::GlobalConfig& global, const config::ServerConfig& config, const std::string& kind);

}  // namespace barman::app
