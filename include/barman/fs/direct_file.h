#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "barman/core/unique_fd.h"

namespace barman::fs {

// Writes a file past the page cache where its file system can do that (O_DIRECT): what nobody is going to read soon is
// not copied into memory, and is on disk when it is written, where a sync at the end would have to wait for it.
// Elsewhere it is written as any file is. Not synced: that is still the caller's.
class DirectFile {
 public:
  // Of places, sizes and memory: that of a page is enough for every disk.
  static constexpr std::size_t alignment = 4096;

  // `fd` is open for writing, stays the caller's and must outlive this. Room for `size` bytes is made at once where
  // that can be done: blocks that are there can be written side by side. `path` is for messages.
  DirectFile(int fd, std::uint64_t size, std::string path);
  // At a multiple of `alignment`, from memory that begins at one. Several threads may write to different places at
  // once. What is behind the last whole page goes through the page cache. Throws Error.
  void write(std::string_view bytes, std::uint64_t offset);

 private:
  std::size_t write_directly(std::string_view bytes, std::uint64_t offset);

  const int fd_;
  const std::string path_;
  UniqueFd direct_fd_;
  std::atomic<bool> direct_;
};

// Memory to write from.
class DirectBlock {
 public:
  static constexpr std::size_t size = std::size_t{2} << 20;
  DirectBlock();
  std::span<char> bytes() { return {bytes_.get(), size}; }
  std::string_view first(std::size_t count) const { return {bytes_.get(), count}; }

 private:
  struct Free {
    void operator()(char* bytes) const;
  };
  std::unique_ptr<char[], Free> bytes_;
};

// A part of such a file, whose bytes come in order, and are written a block at a time. One thread.
class DirectFilePart {
 public:
  DirectFilePart(DirectFile& file, std::uint64_t offset) : file_(file), offset_(offset) {}  // as for write()
  void add(std::string_view bytes);
  void finish();  // writes what is left

 private:
  void write();

  DirectFile& file_;
  std::uint64_t offset_;
  DirectBlock block_;
  std::size_t filled_ = 0;
};

}  // namespace barman::fs
