#include "barman/core/periodic.h"

#include <utility>

namespace barman {

Periodic::Periodic(std::chrono::milliseconds interval, std::function<bool()> beat) {
  if (interval.count() > 0) thread_ = std::thread([this, interval, beat = std::move(beat)] { run(interval, beat); });
}

Periodic::~Periodic() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Periodic::run(std::chrono::milliseconds interval, const std::function<bool()>& beat) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (ended_.wait_for(lock, interval, [this] { return end_; })) return;
    }
    if (!beat()) return;
  }
}

}  // namespace barman
