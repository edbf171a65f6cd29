#include "barman/catalog/line_reader.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::catalog {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;

}  // namespace

LineReader::LineReader(int fd, const std::string& path, std::uint64_t offset)
    : fd_(fd), path_(path), buffer_(buffer_size), begin_(offset), end_(offset) {}

bool LineReader::fill() {
  if (at_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + at_, used_ - at_);
    used_ -= at_;
    at_ = 0;
  }
  if (used_ == buffer_.size()) {
    if (used_ >= longest_line)
      throw Error(Errc::corrupt,
                  fmt::format("{}: the line at byte {} is longer than any line of an index can be", path_, end_));
    buffer_.resize(buffer_.size() * 2);
  }
  const std::size_t got = fs::read_some(fd_, std::span(buffer_).subspan(used_), path_);
  used_ += got;
  return got > 0;
}

std::optional<std::string_view> LineReader::next_after_filling() {
  while (true) {
    const std::size_t searched = used_ - at_;
    if (!fill()) break;
    if (std::memchr(buffer_.data() + searched, '\n', used_ - searched)) return next();
  }
  if (at_ == used_) return std::nullopt;
  const std::string_view line(buffer_.data() + at_, used_ - at_);  // the last line has no newline
  complete_ = false;
  at_ = used_;
  begin_ = end_;
  end_ += line.size();
  return line;
}

}  // namespace barman::catalog
