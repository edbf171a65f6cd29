#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace barman::output {

// Bytes a second over the last seconds: what there was in the beginning tells nothing about now.
class RecentRate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds window{5};

  void add(Time now, std::int64_t done);
  double at(Time now) const;  // 0 before there is anything to tell

 private:
  struct Sample {
    Time time;
    std::int64_t done;
  };
  std::deque<Sample> samples_;  // one a quarter of a second; the first is the last one before the window
};

// What is to be seen of work at a given moment. Pure: it knows neither clock nor terminal.
class ProgressView {
 public:
  using Time = RecentRate::Time;
  static constexpr std::chrono::seconds patience{2};  // a shorter wait needs no advice

  explicit ProgressView(std::string label) : label_(std::move(label)) {}
  void start(std::string_view step, std::int64_t total, Time now);
  void update(std::int64_t done, Time now);
  void wait(std::string_view for_what, std::string_view advice, Time now);
  void finish() { state_ = State::idle; }

  // Without control characters; empty: nothing. The most important comes first, as a terminal may be narrow.
  std::string text(Time now) const;
  // Once for each wait, when it has lasted.
  std::optional<std::string> take_advice(Time now);

 private:
  enum class State { idle, counting, waiting };
  std::string counted(Time now) const;

  std::string label_;
  State state_ = State::idle;
  std::string subject_;  // the step, or what is waited for
  std::string advice_;
  std::int64_t done_ = 0, total_ = 0;
  Time since_;
  RecentRate rate_;
};

// "45 s", "2 min 5 s", "3 h 20 min".
std::string short_interval(std::chrono::seconds time);

}  // namespace barman::output
