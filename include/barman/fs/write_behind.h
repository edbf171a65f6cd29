#pragma once
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>

#include "barman/core/parallel.h"
#include "barman/core/unique_fd.h"

namespace barman::fs {

// Sends to disk what others write below a directory, as long as this object lives, so that there is little to wait for
// at the end. It syncs the whole file system, with pauses of at least `shortest_pause` and no shorter than the sync
// before.
class WriteBehind {
 public:
  static constexpr std::chrono::milliseconds usual_pause{300};
  // Throws Error if the directory is not there.
  explicit WriteBehind(std::string directory, std::chrono::milliseconds shortest_pause = usual_pause);
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;
  ~WriteBehind();

  // Makes everything below the directory durable, as sync_tree() does. Throws what the disk has refused until now.
  void finish();

 private:
  void work();
  void stop();

  const std::string directory_;
  const std::chrono::milliseconds shortest_pause_;
  const UniqueFd fd_;  // the kernel tells it of each failed write once, and no descriptor that is opened after that
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::exception_ptr failure_;
  ThreadGroup thread_;
};

}  // namespace barman::fs
