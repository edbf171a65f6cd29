#include "barman/fs/write_behind.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/fs/tree.h"

namespace barman::fs {

using Clock = std::chrono::steady_clock;

WriteBehind::WriteBehind(std::string directory, std::chrono::milliseconds shortest_pause)
    : directory_(std::move(directory)),
      shortest_pause_(shortest_pause),
      fd_(open_file(directory_, O_RDONLY | O_DIRECTORY)) {
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
    std::unique_lock lock(mutex_);
    for (Clock::duration pause = shortest_pause_; !changed_.wait_for(lock, pause, [&] { return ended_; });) {
      lock.unlock();
      const auto begun = Clock::now();
      if (::syncfs(fd_.get()) != 0) throw_errno("sync", directory_);
      pause = std::max<Clock::duration>(shortest_pause_, Clock::now() - begun);
      lock.lock();
    }
  } catch (...) {
    failure_ = std::current_exception();
  }
}

}  // namespace barman::fs
