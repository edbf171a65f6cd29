#include "barman/http/body.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "barman/core/error.h"

namespace barman::http {

Body Body::of(std::string_view bytes) {
  Body body;
  body.bytes_ = bytes;
  body.size_ = bytes.size();
  return body;
}

Body Body::of_file(int fd, std::uint64_t offset, std::uint64_t size, std::string_view name) {
  Body body;
  body.fd_ = fd;
  body.file_offset_ = offset;
  body.size_ = size;
  body.name_ = name;
  return body;
}

Body Body::part(std::uint64_t offset, std::uint64_t size) const {
  Body part = *this;
  const std::uint64_t skipped = std::min(offset, size_);
  part.size_ = std::min(size, size_ - skipped);
  if (fd_ < 0)
    part.bytes_ = bytes_.substr(skipped, part.size_);
  else
    part.file_offset_ += skipped;
  return part;
}

std::size_t Body::read(std::uint64_t offset, std::span<char> buffer) const {
  const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), size_ - std::min(offset, size_));
  if (wanted == 0) return 0;
  if (fd_ < 0) return bytes_.copy(buffer.data(), wanted, offset);
  for (;;) {
    const ssize_t got = ::pread(fd_, buffer.data(), wanted, static_cast<off_t>(file_offset_ + offset));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0)
      throw Error(Errc::io, fmt::format("'{}' has become shorter while it was read", name_), "run the command again");
    if (errno != EINTR) throw_errno("read", name_);
  }
}

void Body::each_block(const std::function<void(std::string_view)>& take) const {
  std::vector<char> buffer(std::min<std::uint64_t>(size_, 256 * 1024));
  for (std::uint64_t offset = 0; offset < size_;) {
    const std::size_t got = read(offset, buffer);
    take({buffer.data(), got});
    offset += got;
  }
}

}  // namespace barman::http
