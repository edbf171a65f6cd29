#pragma once
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace barman::catalog {

inline constexpr std::size_t longest_line = 16 * 1024 * 1024;

// The lines of an open file from its current position on, in a buffer of fixed size (it grows only for a longer line).
// One that is longer than any can be, as a sparse file of a terabyte is, is Error(corrupt).
class LineReader {
 public:
  LineReader(int fd, const std::string& path, std::uint64_t offset = 0);
  // Without the newline; valid until the next call. nullopt at the end.
  std::optional<std::string_view> next() {
    const void* newline = std::memchr(buffer_.data() + at_, '\n', used_ - at_);
    if (!newline) return next_after_filling();
    const std::size_t stop = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data());
    const std::string_view line(buffer_.data() + at_, stop - at_);
    at_ = stop + 1;
    begin_ = end_;
    end_ += line.size() + 1;
    return line;
  }
  std::uint64_t line_begin() const { return begin_; }  // offset in the file of the line just returned
  std::uint64_t line_end() const { return end_; }      // offset behind its newline
  bool last_line_complete() const { return complete_; }

 private:
  std::optional<std::string_view> next_after_filling();
  bool fill();
  int fd_;
  const std::string& path_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t used_ = 0;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  bool complete_ = true;
};

}  // namespace barman::catalog
