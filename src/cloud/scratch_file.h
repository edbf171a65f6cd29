#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "barman/core/unique_fd.h"

namespace barman::cloud {

// A file without a name, for content that is on its way: in memory where it is expected to be small, else in a
// directory. It goes with its descriptor.
class ScratchFile {
 public:
  static constexpr std::uint64_t small = 64 * 1024 * 1024;
  // `directory`: that of a large one; empty: $TMPDIR, or /tmp.
  explicit ScratchFile(std::uint64_t expected_size, std::string directory = {});
  void write(std::string_view bytes);
  int fd() const { return fd_.get(); }
  std::uint64_t size() const { return size_; }
  void rewind();

 private:
  UniqueFd fd_;
  std::string place_;
  std::uint64_t size_ = 0;
};

}  // namespace barman::cloud
