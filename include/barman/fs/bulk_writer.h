#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace barman::fs {

// Writes files front to back, one after the other. A large one goes past the page cache where the file system can do
// that (O_DIRECT): what nobody is going to read soon is not copied into memory, and is on disk when it is written,
// where a sync at the end would have to wait for it. Elsewhere the kernel is told to begin with it. Not synced: that is
// still the caller's.
class BulkWriter {
 public:
  static constexpr std::size_t block = std::size_t{1} << 20;  // written at once

  BulkWriter();
  BulkWriter(const BulkWriter&) = delete;
  BulkWriter& operator=(const BulkWriter&) = delete;

  // `fd` stays the caller's, is open for writing and empty, and must not be used otherwise before finish(). `size` is
  // what to expect; 0: by way of the page cache. `path` is for messages.
  void begin(int fd, std::uint64_t size, std::string path);
  // Where the next bytes belong: never empty. add() says how many were put there. Throws Error.
  std::span<char> room() { return {buffer_.get() + filled_, block - filled_}; }
  void add(std::size_t count);
  // Writes what is left. Throws Error.
  void finish();

 private:
  struct Free {
    void operator()(char* bytes) const;
  };
  void write(std::size_t count);
  std::size_t write_directly(std::size_t count);
  bool set_direct(bool direct) const;

  std::unique_ptr<char[], Free> buffer_;
  std::size_t filled_ = 0;
  std::string path_;
  int fd_ = -1;
  bool direct_ = false;
};

}  // namespace barman::fs
