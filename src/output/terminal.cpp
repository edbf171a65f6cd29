#include "terminal.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

namespace barman::output {

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
