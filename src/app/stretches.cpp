#include "stretches.h"

#include <algorithm>

namespace barman::app {
namespace {

using report::Stretch;
using report::SurveyedBackup;
using report::SurveyedServer;

Timestamp end_of(const SurveyedServer& server, std::size_t interval, const Timestamp& from) {
  if (const auto& to = server.window->intervals[interval].to_time) return *to;
  return interval < server.written.size() ? server.written[interval].value_or(from) : from;
}

}  // namespace

std::vector<Stretch> stretches_of(const SurveyedServer& server) {
  std::vector<Stretch> stretches;
  if (!server.window) return stretches;
  for (std::size_t i = 0; i < server.window->intervals.size(); ++i) {
    const report::RecoveryInterval& interval = server.window->intervals[i];
    const SurveyedBackup* backup = server.find(interval.backup_id);
    const std::optional<Timestamp> from = interval.from_time || backup == nullptr ? interval.from_time : backup->end;
    if (!from) continue;
    Stretch stretch{.backup_id = interval.backup_id,
                    .timeline = interval.timeline,
                    .from = *from,
                    .to = std::max(*from, end_of(server, i, *from)),
                    .to_is_exact = interval.to_time.has_value(),
                    .ended_by = interval.ended_by,
                    .missing = interval.missing};
    stretches.push_back(std::move(stretch));
  }
  std::ranges::stable_sort(stretches, {}, &Stretch::from);
  return stretches;
}

double seconds_of(const std::vector<Stretch>& stretches) {
  double seconds = 0;
  std::optional<Timestamp> reached;
  for (const Stretch& stretch : stretches) {
    const Timestamp from = reached ? std::max(*reached, stretch.from) : stretch.from;
    if (stretch.to > from) seconds += static_cast<double>((stretch.to - from).count()) / 1e6;
    reached = reached ? std::max(*reached, stretch.to) : stretch.to;
  }
  return seconds;
}

}  // namespace barman::app
