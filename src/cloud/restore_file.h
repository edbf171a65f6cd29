#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

#include "barman/core/unique_fd.h"
#include "barman/fs/direct_file.h"

namespace barman::cloud {

// A file that is being written, maybe by several threads. Each says when it is done; the last one sets its time.
class RestoredFile {
 public:
  RestoredFile(UniqueFd fd, std::string path, const std::timespec& mtime)
      : fd_(std::move(fd)), path_(std::move(path)), mtime_(mtime) {}
  int fd() const { return fd_.get(); }
  // For one that is large. Before its first part.
  void make_direct(std::uint64_t size) { direct_.emplace(fd(), size, path_); }
  fs::DirectFile& direct() { return *direct_; }
  // More that write to it, besides whoever made it: to be called by one who is not done.
  void expect(std::size_t writers) { writers_ += writers; }
  void done();

 private:
  const UniqueFd fd_;
  const std::string path_;
  const std::timespec mtime_;
  std::optional<fs::DirectFile> direct_;
  std::atomic<std::size_t> writers_ = 1;
};

}  // namespace barman::cloud
