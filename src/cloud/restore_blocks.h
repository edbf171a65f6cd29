#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "barman/core/parallel.h"
#include "barman/fs/direct_file.h"
#include "barman/tar/reader.h"
#include "restore_file.h"

namespace barman::cloud {

// Writes the content of large files behind whoever reads the archive. Memory: `blocks` of them.
class BlockWriter {
 public:
  BlockWriter();
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;

  // The rest of the archive's current member into a direct() file, from its beginning on. Returns when all is read, and
  // not all written. Throws what check() does.
  void copy(tar::Reader& archive, const std::shared_ptr<RestoredFile>& file);
  void check() { queue_.check(); }    // throws what could not be written
  void finish() { queue_.finish(); }  // once all is written

 private:
  static constexpr std::size_t threads = 2, waiting = 1, blocks = threads + waiting + 1;
  struct Block {
    std::shared_ptr<RestoredFile> file;
    std::uint64_t offset = 0;
    std::size_t memory = 0;  // which
    std::size_t size = 0;
  };
  std::size_t take_memory();
  void give_back(std::size_t memory);
  void write(const Block& block);

  std::vector<fs::DirectBlock> memory_{blocks};
  std::mutex mutex_;
  std::vector<std::size_t> free_;  // never empty for whoever reads: no more wait or are being written than the others
  WorkQueue<Block> queue_;
};

}  // namespace barman::cloud
