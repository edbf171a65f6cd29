#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace barman {

// What several transfers may move together. Whoever is about to move something asks how long to wait first; who waits
// longer than others has asked for more, or later.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;
  explicit RateLimit(std::uint64_t bytes_per_second) : rate_(bytes_per_second) {}  // 0: no limit

  bool limited() const { return rate_ > 0; }
  std::size_t portion() const;  // so much at a time, so that no transfer is silent for long
  Clock::duration reserve(std::size_t bytes, Clock::time_point now);
  // Waits until so many may pass; no longer than until a signal comes, which is thrown as Interrupted.
  void pass(std::size_t bytes);
  // Waits, as pass() does, until what has passed has had its time: for work that ends here and is followed by more,
  // which knows nothing of it.
  void settle();

 private:
  static void wait(Clock::duration duration);
  const std::uint64_t rate_;
  std::mutex mutex_;
  Clock::time_point next_{};  // when what was promised so far will have been sent
};

}  // namespace barman
