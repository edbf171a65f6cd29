#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "stream.h"

namespace barman::output {

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

}  // namespace barman::output
