#include "progress.h"

#include <fmt/core.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <csignal>
#include <optional>
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
  // Behind the last sample nothing is known to have happened: the rate of work that stalls falls to 0.
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

namespace {
constexpr std::string_view erase_line = "\r\033[K";

std::size_t terminal_width(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
}  // namespace

std::chrono::milliseconds redraw_interval(TerminalKind kind) {
  return kind == TerminalKind::redrawn ? std::chrono::milliseconds(200) : std::chrono::seconds(15);
}

// Lines that stay are not worth it for work that is over in a moment.
std::chrono::milliseconds first_redraw(TerminalKind kind) {
  return kind == TerminalKind::redrawn ? std::chrono::milliseconds(200) : std::chrono::seconds(3);
}

void TerminalLine::show(std::string_view text) {
  const std::lock_guard lock(mutex_);
  erase();
  if (kind_ == TerminalKind::plain) {
    stream_.write(text);
    stream_.write("\n");
  } else {
    stream_.write(text.substr(0, std::min(text.size(), terminal_width(fd_) - 1)));
    drawn_ = true;
  }
  stream_.flush();
}

void TerminalLine::print_above(std::string_view text) {
  const std::lock_guard lock(mutex_);
  erase();
  stream_.write(text);
  stream_.write("\n");
  stream_.flush();
}

void TerminalLine::clear() { step_aside(); }

std::unique_lock<std::mutex> TerminalLine::step_aside() {
  std::unique_lock lock(mutex_);
  erase();
  stream_.flush();
  return lock;
}

void TerminalLine::erase() {
  if (std::exchange(drawn_, false)) stream_.write(erase_line);
}

namespace {
using Clock = std::chrono::steady_clock;

// A signal is to end what the main thread waits for.
void leave_signals_to_others() {
  sigset_t all{};
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}
}  // namespace

ProgressLine::~ProgressLine() { finish(); }

void ProgressLine::start(std::string_view step, std::int64_t total_bytes) {
  const std::lock_guard lock(mutex_);
  view_.start(step, total_bytes, Clock::now());
  be_drawn();
}

void ProgressLine::update(std::int64_t done_bytes) {
  const std::lock_guard lock(mutex_);
  view_.update(done_bytes, Clock::now());
}

void ProgressLine::wait(std::string_view for_what, std::string_view advice) {
  const std::lock_guard lock(mutex_);
  view_.wait(for_what, advice, Clock::now());
  be_drawn();
}

void ProgressLine::finish() {
  {
    const std::lock_guard lock(mutex_);
    view_.finish();
    end_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
  terminal_.clear();
}

void ProgressLine::be_drawn() {
  if (thread_.joinable()) return;
  end_ = false;
  thread_ = std::thread([this] { draw_at_intervals(); });
}

void ProgressLine::draw_at_intervals() {
  leave_signals_to_others();
  auto interval = first_redraw(terminal_.kind());
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (ended_.wait_for(lock, interval, [this] { return end_; })) return;
    }
    draw();
    interval = redraw_interval(terminal_.kind());
  }
}

void ProgressLine::draw() {
  std::string text;
  std::optional<std::string> advice;
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    text = view_.text(now);
    advice = view_.take_advice(now);
  }
  if (advice) terminal_.print_above(*advice);
  if (!text.empty()) terminal_.show(text);
}

}  // namespace barman::output
