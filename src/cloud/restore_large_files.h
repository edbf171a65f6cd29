#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "barman/core/parallel.h"
#include "restore_download.h"
#include "restore_file.h"

namespace barman::cloud {

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
  // Into a direct() file. Returns before it is done. Throws what check() does.
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
