#include "progress_view.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "barman/core/numbers.h"

namespace barman::output {

namespace {
constexpr std::chrono::milliseconds between_samples{250};
constexpr double longest_forecast = 100 * 24 * 3600.0;  // seconds; more is no forecast

double seconds(RecentRate::Time from, RecentRate::Time to) { return std::chrono::duration<double>(to - from).count(); }
}  // namespace

void RecentRate::add(Time now, std::int64_t done) {
  if (!samples_.empty() && now - samples_.back().time < between_samples) return;
  samples_.push_back({now, done});
  while (samples_.size() > 2 && now - samples_[1].time >= window) samples_.pop_front();
}

double RecentRate::at(Time now) const {
  if (samples_.empty()) return 0;
  // Behind the last sample nothing is known to have happened: the rate of work that stands still falls to 0.
  auto from = samples_.begin();
  while (std::next(from) != samples_.end() && now - std::next(from)->time >= window) ++from;
  const double time = seconds(from->time, now);
  return time > 0 ? static_cast<double>(samples_.back().done - from->done) / time : 0;
}

void ProgressView::start(std::string_view step, std::int64_t total, Time now) {
  state_ = State::counting;
  subject_ = step;
  total_ = total;
  done_ = 0;
  since_ = now;
  rate_ = {};
  rate_.add(now, 0);
}

void ProgressView::update(std::int64_t done, Time now) {
  if (state_ != State::counting) return;
  done_ = done;
  rate_.add(now, done);
}

void ProgressView::wait(std::string_view for_what, std::string_view advice, Time now) {
  state_ = State::waiting;
  subject_ = for_what;
  advice_ = advice;
  since_ = now;
}

std::string ProgressView::text(Time now) const {
  switch (state_) {
    case State::idle:
      return {};
    case State::counting:
      return counted(now);
    case State::waiting:
      return fmt::format("{}: {}, {}", label_, subject_,
                         short_interval(std::chrono::duration_cast<std::chrono::seconds>(now - since_)));
  }
  return {};
}

std::string ProgressView::counted(Time now) const {
  const double rate = rate_.at(now);
  std::string text = fmt::format("{}: ", label_);
  if (!subject_.empty()) text += subject_ + ", ";
  text += human_size(done_);
  if (total_ > 0) {
    // The total is an estimate as long as PostgreSQL writes: what is not over is not called 100 %.
    const double percent = std::min(99.0, 100.0 * static_cast<double>(done_) / static_cast<double>(total_));
    text += fmt::format(" of {} ({:.0f}%)", human_size(std::max(total_, done_)), done_ == total_ ? 100.0 : percent);
  }
  text += fmt::format(", {}/s", human_size(rate));
  const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : 0;
  if (left > 0 && left < longest_forecast)
    text += fmt::format(", {} left", short_interval(std::chrono::seconds(static_cast<std::int64_t>(left) + 1)));
  return text;
}

std::optional<std::string> ProgressView::take_advice(Time now) {
  if (state_ != State::waiting || advice_.empty() || now - since_ < patience) return std::nullopt;
  return std::exchange(advice_, {});
}

std::string short_interval(std::chrono::seconds time) {
  const auto total = time.count();
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{} min {} s", total / 60, total % 60);
  return fmt::format("{} h {} min", total / 3600, total % 3600 / 60);
}

}  // namespace barman::output
