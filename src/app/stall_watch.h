#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "barman/check/check.h"
#include "barman/config/configuration.h"
#include "barman/core/time.h"
#include "barman/report/check.h"
#include "barman/report/survey.h"

// Stalls, as cron reports them: in the log, when they begin and when they are over.
namespace barman::app {

// The stalls of one server; PostgreSQL has `patience` to answer.
check::StallSearch stalls_of_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                    std::chrono::seconds patience);

// Looks for stalls on each of the servers, and logs those that have begun since it last looked and those that are over.
// A server that does not answer within seconds is left for the next time.
void watch_for_stalls(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers);

// Whether there was a stall of that kind when watch_for_stalls() last looked.
bool is_stalled(const config::GlobalConfig& global, const config::ServerConfig& config, const std::string& kind);

// All of them.
std::vector<report::KnownStall> known_stalls(const config::GlobalConfig& global, const config::ServerConfig& config);

// The stalls that were known when it last looked, so that each is reported once and not every minute: since when, by
// kind. Kept in a file of our own, barman_home/.{server}-stalls: Barman ignores it, and without it everything is
// reported again.
using StallMemory = std::map<std::string, Timestamp>;

// A line for each kind: seconds since 1970, a blank, the kind. Ignores malformed lines.
StallMemory parse_stalls(const std::string& text);
std::string to_text(const StallMemory& memory);

struct StallNews {
  std::vector<report::Stall> begun;  // not known before
  std::map<std::string, Timestamp> over;
  StallMemory memory;  // to be kept
};
// `complete`: what is known and was not found is over; otherwise it stays known.
StallNews compare(const StallMemory& known, const std::vector<report::Stall>& found, bool complete,
                  const Timestamp& now);

}  // namespace barman::app
