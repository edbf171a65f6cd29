#include "restore_blocks.h"

#include "barman/core/on_exit.h"
#include "barman/core/signals.h"

namespace barman::cloud {

BlockWriter::BlockWriter() : queue_(threads, waiting, [this](const Block& block) { write(block); }) {
  for (std::size_t i = 0; i < blocks; ++i) free_.push_back(i);
}

std::size_t BlockWriter::take_memory() {
  const std::lock_guard lock(mutex_);
  const std::size_t memory = free_.back();
  free_.pop_back();
  return memory;
}

void BlockWriter::give_back(std::size_t memory) {
  const std::lock_guard lock(mutex_);
  free_.push_back(memory);
}

void BlockWriter::copy(tar::Reader& archive, const std::shared_ptr<RestoredFile>& file) {
  Block block{file, 0, 0, fs::DirectBlock::size};
  while (block.size == fs::DirectBlock::size) {
    block.memory = take_memory();
    const std::span<char> room = memory_[block.memory].bytes();
    for (block.size = 0; block.size < room.size();) {
      signals::throw_if_pending();
      const std::size_t got = archive.read(room.subspan(block.size));
      if (got == 0) break;
      block.size += got;
    }
    file->expect(1);
    queue_.add(block);
    block.offset += block.size;
  }
}

void BlockWriter::write(const Block& block) {
  const OnExit written([&] { give_back(block.memory); });
  block.file->direct().write(memory_[block.memory].first(block.size), block.offset);
  block.file->done();
}

}  // namespace barman::cloud
