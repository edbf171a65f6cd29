#pragma once
#include <string>
#include <vector>

#include "barman/report/progress.h"

namespace barman {

// What work has reported of itself.
struct CountingProgress : Progress {
  void start(std::string_view, std::int64_t total_bytes) override { total = total_bytes, done = 0, seen = true; }
  void update(std::int64_t done_bytes) override { done = done_bytes; }
  void wait(std::string_view for_what, std::string_view) override { waits.emplace_back(for_what), seen = true; }
  void finish() override { seen = false; }

  std::int64_t total = 0, done = 0;
  std::vector<std::string> waits;
  bool seen = false;  // something would be on the screen now
};

}  // namespace barman
