#include "progress_line.h"

#include <csignal>
#include <optional>
#include <utility>

namespace barman::output {

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
