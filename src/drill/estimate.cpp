#include "barman/drill/estimate.h"

#include "barman/restore/measured_restores.h"
#include "history.h"

namespace barman::drill {
namespace {

using Estimate = report::RestorePlan::Estimate;

constexpr int few = 10;  // those before them were of another host, as often as not

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

Measured copies_of(const std::vector<report::MeasuredRestore>& restores, bool remote) {
  Measured copy;
  for (auto restore = restores.rbegin(); restore != restores.rend() && copy.times < few; ++restore)
    if (restore->remote == remote) copy.add(restore->seconds.copy, static_cast<double>(restore->bytes_copied));
  return copy;
}

struct MeasuredDrills {
  Measured copy, replay, start;

  std::optional<double> recovery(std::int64_t replayed) const {
    auto seconds = replay.seconds_for(replayed);
    if (seconds && start.times > 0) *seconds += start.seconds / start.times;
    return seconds;
  }
};

MeasuredDrills measure(const std::vector<report::Drill>& drills) {
  MeasuredDrills measured;
  int seen = 0;
  for (auto drill = drills.rbegin(); drill != drills.rend() && seen < few; ++drill) {
    if (!drill->seconds.copy) continue;
    ++seen;
    measured.copy.add(drill->seconds.copy, static_cast<double>(drill->bytes_copied));
    measured.replay.add(drill->seconds.replay, static_cast<double>(drill->wal_bytes.value_or(0)));
    measured.start.add(drill->seconds.start, 1);
  }
  return measured;
}

}  // namespace

std::optional<Estimate> estimate(const std::vector<report::Drill>& drills,
                                 const std::vector<report::MeasuredRestore>& restores, const Work& work) {
  const Measured copies = copies_of(restores, work.remote);
  const MeasuredDrills drilled = measure(drills);
  Estimate estimate;
  estimate.by_restores = copies.times > 0 || work.remote;
  const auto copy = (estimate.by_restores ? copies : drilled.copy).seconds_for(work.copied);
  if (!copy) return std::nullopt;
  estimate.copy_seconds = *copy;
  estimate.recovery_seconds = drilled.recovery(work.replayed);
  return estimate;
}

std::optional<Estimate> estimate(const config::ServerConfig& config, const Work& work) {
  if (config.is_second_copy) return std::nullopt;
  return estimate(load_history(config), restore::load_measured(config), work);
}

}  // namespace barman::drill
