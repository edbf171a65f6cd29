#pragma once
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>

#include "barman/core/parallel.h"

namespace barman::fs {

// While others write below a directory, for as long as this object lives: sends what they have written to disk, so that
// at the end there is little to wait for. It takes at most half of the time, and the file system as a whole.
class WriteBehind {
 public:
  explicit WriteBehind(std::string directory);  // which is there
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;
  ~WriteBehind();

  // Makes everything below the directory durable, as sync_tree() does. Throws what the disk has refused until now.
  void finish();

 private:
  void work();
  void stop();

  const std::string directory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::exception_ptr failure_;
  ThreadGroup thread_;
};

}  // namespace barman::fs
