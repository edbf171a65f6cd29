#include "terminal_line.h"

#include <sys/ioctl.h>

#include <algorithm>
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

}  // namespace barman::output
