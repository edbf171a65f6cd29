#pragma once
#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "barman/core/parallel.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/direct_file.h"
#include "restore_download.h"

namespace barman::cloud {

// A file that is being written, maybe by several threads. Each says when it is done; the last one sets its time.
class RestoredFile {
 public:
  RestoredFile(UniqueFd fd, std::string path, const std::timespec& mtime)
      : fd_(std::move(fd)), path_(std::move(path)), mtime_(mtime) {}
  int fd() const { return fd_.get(); }
  // Before others write to it beside whoever made it: parts of its content, of `size` bytes in all.
  void expect(std::size_t parts, std::uint64_t size);
  fs::DirectFile& direct() { return *direct_; }  // of the parts
  void done();

 private:
  const UniqueFd fd_;
  const std::string path_;
  const std::timespec mtime_;
  std::optional<fs::DirectFile> direct_;
  std::atomic<std::size_t> writers_ = 1;
};

// Fetches most of the content of large files straight to its place, over connections of its own, while the archive is
// read on: by large requests, and without a copy in memory. For archives that are not compressed.
class LargeFiles {
 public:
  explicit LargeFiles(Download& download);  // must outlive this
  LargeFiles(const LargeFiles&) = delete;
  LargeFiles& operator=(const LargeFiles&) = delete;
  ~LargeFiles() { given_up_ = true; }  // what is under way is not waited for

  // Of the `size` bytes that the archive has next, what fetch() is to get.
  Download::Stretch leave_out(std::uint64_t size);
  // Returns before it is done. Throws what check() does.
  void fetch(const Download::Stretch& stretch, const std::shared_ptr<RestoredFile>& file);
  void check() { queue_.check(); }  // throws what one has failed of
  void finish();                    // once all is written

 private:
  struct Part {
    std::shared_ptr<RestoredFile> file;
    std::uint64_t object_offset = 0, file_offset = 0, size = 0;
  };
  void write(const Part& part);

  Download& download_;
  std::atomic<bool> given_up_ = false;
  WorkQueue<Part> queue_;
};

}  // namespace barman::cloud
