#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "barman/report/progress.h"
#include "stream.h"

namespace barman::output {

// Bytes a second over the last seconds: how it began says nothing about now.
class RecentRate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds window{5};

  void add(Time now, std::int64_t done);
  double at(Time now) const;  // 0 before anything is known

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

// What moves on its last line, and how. `redrawn`: one line that is written over itself. `plain`, for NO_COLOR and
// TERM=dumb: no control characters at all, so a new line now and then.
enum class TerminalKind { redrawn, plain };
std::chrono::milliseconds redraw_interval(TerminalKind kind);
std::chrono::milliseconds first_redraw(TerminalKind kind);

// The last line of a terminal, which shows what work is at, with the messages above it.
class TerminalLine {
 public:
  TerminalLine(int fd, TerminalKind kind) : stream_(fd), fd_(fd), kind_(kind) {}
  TerminalKind kind() const { return kind_; }
  void show(std::string_view text);         // in the place of what it shows
  void print_above(std::string_view text);  // a line that stays
  void clear();
  // The line is clear, and stays so as long as the lock is held: for whoever writes to the terminal.
  std::unique_lock<std::mutex> step_aside();

 private:
  void erase();
  std::mutex mutex_;
  Stream stream_;
  int fd_;
  TerminalKind kind_;
  bool drawn_ = false;
};

// Draws a ProgressView on a terminal, at intervals and on a thread of its own: it moves also while nothing else does.
class ProgressLine : public Progress {
 public:
  ProgressLine(TerminalLine& terminal, std::string label) : terminal_(terminal), view_(std::move(label)) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() override;
  void start(std::string_view step, std::int64_t total_bytes) override;
  void update(std::int64_t done_bytes) override;
  void wait(std::string_view for_what, std::string_view advice) override;
  void finish() override;

 private:
  void draw_at_intervals();
  void draw();
  void be_drawn();

  TerminalLine& terminal_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  ProgressView view_;
  std::thread thread_;
};

}  // namespace barman::output
