#include "barman/fs/write_behind.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/fs/tree.h"

namespace barman::fs {

using Clock = std::chrono::steady_clock;
constexpr Clock::duration shortest_pause = std::chrono::milliseconds(300);

WriteBehind::WriteBehind(std::string directory) : directory_(std::move(directory)) {
  thread_.start([this] { work(); });  // without a thread all is left to finish()
}

WriteBehind::~WriteBehind() { stop(); }

void WriteBehind::stop() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void WriteBehind::finish() {
  stop();
  if (failure_) std::rethrow_exception(failure_);
  sync_tree(directory_);
}

void WriteBehind::work() {
  try {
    // The kernel tells each failure once: to this descriptor, and not to one that is opened later.
    const UniqueFd fd = open_file(directory_, O_RDONLY | O_DIRECTORY);
    std::unique_lock lock(mutex_);
    for (Clock::duration pause = shortest_pause; !changed_.wait_for(lock, pause, [&] { return ended_; });) {
      lock.unlock();
      const auto begun = Clock::now();
      if (::syncfs(fd.get()) != 0) throw_errno("sync", directory_);
      pause = std::max(shortest_pause, Clock::now() - begun);
      lock.lock();
    }
  } catch (...) {
    failure_ = std::current_exception();
  }
}

}  // namespace barman::fs
