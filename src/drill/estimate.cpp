#include "barman/drill/estimate.h"

#include <algorithm>
#include <cmath>

#include "history.h"

namespace barman::drill {
namespace {

constexpr std::ptrdiff_t few = 10;  // drills: those before them were of another host, as often as not

struct Measured {
  double bytes = 0, seconds = 0;
  int times = 0;

  void add(std::optional<double> took, double moved) {
    if (!took || *took <= 0 || moved <= 0) return;
    seconds += *took;
    bytes += moved;
    ++times;
  }
  // What so many bytes take.
  std::optional<double> seconds_for(std::int64_t wanted) const {
    if (wanted <= 0) return 0;
    return times > 0 ? std::optional(static_cast<double>(wanted) / bytes * seconds) : std::nullopt;
  }
};

}  // namespace

std::optional<std::int64_t> estimate_seconds(const std::vector<report::Drill>& history, const Work& work) {
  Measured copy, replay, start;
  std::ptrdiff_t seen = 0;
  for (auto drill = history.rbegin(); drill != history.rend() && seen < few; ++drill) {
    if (!drill->seconds.copy) continue;
    ++seen;
    copy.add(drill->seconds.copy, static_cast<double>(drill->bytes_copied));
    replay.add(drill->seconds.replay, static_cast<double>(drill->wal_bytes.value_or(0)));
    start.add(drill->seconds.start, 1);
  }
  const auto to_copy = copy.seconds_for(work.copied), to_replay = replay.seconds_for(work.replayed);
  if (!to_copy || !to_replay) return std::nullopt;
  const double to_start = start.times > 0 ? start.seconds / start.times : 0;
  return std::max<std::int64_t>(1, std::llround(std::ceil(*to_copy + *to_replay + to_start)));
}

std::optional<std::int64_t> estimate_seconds(const config::ServerConfig& config, const Work& work) {
  return estimate_seconds(load_history(config), work);
}

}  // namespace barman::drill
