#include "barman/core/rate_limit.h"

#include <algorithm>

#include "barman/core/signals.h"

namespace barman {

std::size_t RateLimit::portion() const { return std::clamp<std::uint64_t>(rate_ / 20, 256, 64 * 1024); }

RateLimit::Clock::duration RateLimit::reserve(std::size_t bytes, Clock::time_point now) {
  if (!limited()) return Clock::duration::zero();
  const std::chrono::duration<double> cost(static_cast<double>(bytes) / static_cast<double>(rate_));
  const std::lock_guard lock(mutex_);
  const Clock::time_point begin = std::max(next_, now);
  next_ = begin + std::chrono::duration_cast<Clock::duration>(cost);
  return begin - now;
}

void RateLimit::wait(Clock::duration duration) {
  const auto time = std::chrono::ceil<std::chrono::milliseconds>(duration);
  if (time.count() > 0 && !signals::sleep_ms(static_cast<int>(time.count()))) signals::throw_if_pending();
}

void RateLimit::pass(std::size_t bytes) { wait(reserve(bytes, Clock::now())); }

void RateLimit::settle() { wait(reserve(0, Clock::now())); }

}  // namespace barman
