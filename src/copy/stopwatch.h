#pragma once
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "barman/copy/smart_copy.h"

namespace barman::copy {

// When what was done for each item. Safe for several threads.
class Stopwatch {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Stopwatch(std::size_t items) : spans_(items), started_(Clock::now()) {}
  void analysed(std::size_t item, Clock::time_point start, Clock::time_point end);
  void copied(std::size_t item, Clock::time_point start, Clock::time_point end);
  Statistics statistics(const Request& request) const;  // the end is now

 private:
  struct Span {
    Clock::duration analysis{0}, serialized{0};
    std::optional<Clock::time_point> first_start;
    Clock::time_point last_end;
  };
  mutable std::mutex mutex_;
  std::vector<Span> spans_;
  Clock::time_point started_;
};

}  // namespace barman::copy
