#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "barman/core/unique_fd.h"

namespace barman::fs {

// A scratch file that is written piece by piece through a buffer, for lists that may outgrow memory. Not synced, not
// removed: it lies in a temporary directory of its owner. Throws Error(io).
class SpoolFile {
 public:
  static constexpr std::size_t usual_buffer = 64 * 1024;
  explicit SpoolFile(std::string path, std::size_t buffer_size = usual_buffer);  // starts empty, whatever was there
  void append(std::string_view bytes);
  void finish();  // writes the rest and closes the file, which can be read then; nothing is appended after that
  const std::string& path() const { return path_; }

 private:
  void write_out();
  std::string path_;
  UniqueFd fd_;
  std::string buffer_;
  std::size_t buffer_size_;
};

}  // namespace barman::fs
