#pragma once
#include <chrono>
#include <string>

#include "barman/report/progress.h"

namespace barman::output {

// "{label}: {done} of {total} ({percent}%), {rate}/s, {time} left" on one terminal line that redraws itself, at most
// five times a second; cleared when the work is done.
class ProgressLine : public Progress {
 public:
  ProgressLine(int fd, std::string label);
  ~ProgressLine() override;
  void start(std::int64_t total_bytes) override;
  void update(std::int64_t done_bytes) override;
  void finish() override;

 private:
  int fd_;
  std::string label_;
  std::int64_t total_ = 0;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point last_;
};

// The text of the line, without control characters.
std::string progress_text(const std::string& label, std::int64_t done, std::int64_t total, double seconds);

}  // namespace barman::output
