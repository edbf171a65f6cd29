#pragma once
#include <map>
#include <string>
#include <vector>

#include "barman/core/time.h"
#include "barman/report/check.h"

// What stood still on one server when it was last looked at, so that the log is told of it once and not every minute. A
// file of our own, barman_home/.{server}-stalls: Barman does not look at it, and without it everything is told again.
namespace barman::app {

using StallMemory = std::map<std::string, Timestamp>;  // since when, by kind

// A line a kind: seconds since 1970, a blank, the kind. Lines that are none are left out.
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
