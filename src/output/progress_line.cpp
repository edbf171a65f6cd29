#include "progress_line.h"

#include <fmt/core.h>
#include <sys/ioctl.h>

#include <utility>

#include "barman/core/text.h"
#include "barman/core/time.h"
#include "stream.h"

namespace barman::output {

namespace {
constexpr auto redraw_every = std::chrono::milliseconds(200);
constexpr std::string_view erase_line = "\r\033[K";

std::size_t terminal_width(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}
}  // namespace

std::string progress_text(const std::string& label, std::int64_t done, std::int64_t total, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string text = fmt::format("{}: {}", label, human_size(done));
  if (total > 0) {
    const double percent = std::min(100.0, 100.0 * static_cast<double>(done) / static_cast<double>(total));
    text += fmt::format(" of {} ({:.0f}%)", human_size(total), percent);
  }
  text += fmt::format(", {}/s", human_size(rate));
  if (total > done && rate > 0) {
    const double left = static_cast<double>(total - done) / rate;
    text += fmt::format(", {} left", human_interval(Micros(static_cast<std::int64_t>(left * 1e6))));
  }
  return text;
}

ProgressLine::ProgressLine(int fd, std::string label) : fd_(fd), label_(std::move(label)) { start(0); }

ProgressLine::~ProgressLine() { finish(); }

void ProgressLine::start(std::int64_t total_bytes) {
  total_ = total_bytes;
  started_ = std::chrono::steady_clock::now();
  last_ = {};
}

void ProgressLine::update(std::int64_t done_bytes) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < redraw_every) return;
  last_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  std::string text = progress_text(label_, done_bytes, total_, seconds);
  text.resize(std::min(text.size(), terminal_width(fd_) - 1));
  Stream stream(fd_);
  stream.write(erase_line);
  stream.write(text);
  stream.flush();
}

void ProgressLine::finish() {
  if (!std::exchange(drawn_, false)) return;
  Stream stream(fd_);
  stream.write(erase_line);
  stream.flush();
}

}  // namespace barman::output
