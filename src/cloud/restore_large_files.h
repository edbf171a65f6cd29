#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "barman/core/parallel.h"
#include "barman/tar/reader.h"
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
  ~LargeFiles() { given_up_ = true; }  // what is under way is given up

  // Takes the end of the current member, whose content of `size` bytes comes next, out of what the archive gives, and
  // has it written to a direct() file; nothing where that is not worth it. Returns before it is written. Throws what
  // check() does.
  void take_end(tar::Reader& archive, std::uint64_t size, const std::shared_ptr<RestoredFile>& file);
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
