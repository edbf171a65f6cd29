#include "stopwatch.h"

#include <algorithm>

namespace barman::copy {
namespace {

double seconds(Stopwatch::Clock::duration duration) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count()) / 1e6;
}

}  // namespace

void Stopwatch::analysed(std::size_t item, Clock::time_point start, Clock::time_point end) {
  const std::lock_guard lock(mutex_);
  spans_[item].analysis += end - start;
}

void Stopwatch::copied(std::size_t item, Clock::time_point start, Clock::time_point end) {
  const std::lock_guard lock(mutex_);
  Span& span = spans_[item];
  span.first_start = span.first_start ? std::min(*span.first_start, start) : start;
  span.last_end = std::max(span.last_end, end);
  span.serialized += end - start;
}

Statistics Stopwatch::statistics(const Request& request) const {
  const std::lock_guard lock(mutex_);
  Statistics statistics;
  statistics.number_of_workers = request.jobs;
  statistics.total_time = seconds(Clock::now() - started_);
  std::optional<Clock::time_point> first_start;
  Clock::time_point last_end;
  Clock::duration analysis{0}, serialized{0};
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    const Span& span = spans_[i];
    ItemTimes times;
    times.label = request.items[i].label;
    times.analysed = request.items[i].directory;
    times.analysis = seconds(span.analysis);
    times.serialized = seconds(span.serialized);
    if (span.first_start) {
      times.copy = seconds(span.last_end - *span.first_start);
      first_start = first_start ? std::min(*first_start, *span.first_start) : *span.first_start;
      last_end = std::max(last_end, span.last_end);
    }
    analysis += span.analysis;
    serialized += span.serialized;
    statistics.items.push_back(std::move(times));
  }
  statistics.analysis_time = seconds(analysis);
  statistics.serialized_copy_time = seconds(serialized);
  if (first_start) statistics.copy_time = seconds(last_end - *first_start);
  return statistics;
}

}  // namespace barman::copy
