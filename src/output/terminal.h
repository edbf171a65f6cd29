#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "barman/report/progress.h"
#include "progress_view.h"
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
