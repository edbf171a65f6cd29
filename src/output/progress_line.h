#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "barman/report/progress.h"
#include "progress_view.h"
#include "terminal_line.h"

namespace barman::output {

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
