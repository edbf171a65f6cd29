#include "barman/http/body.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "barman/core/crc32c.h"
#include "barman/core/error.h"

namespace barman::http {
namespace {

constexpr std::size_t block_size = 32 * 1024;

}  // namespace

Body Body::of(std::string_view bytes) {
  Body body;
  body.bytes_ = bytes;
  body.size_ = body.content_size_ = bytes.size();
  return body;
}

Body Body::of_file(int fd, std::uint64_t offset, std::uint64_t size, std::string_view name) {
  Body body;
  body.fd_ = fd;
  body.file_offset_ = offset;
  body.size_ = body.content_size_ = size;
  body.name_ = name;
  return body;
}

Body Body::part(std::uint64_t offset, std::uint64_t size) const {
  Body part = *this;
  part.begun_ = {};
  const std::uint64_t skipped = std::min(offset, size_);
  part.first_ += skipped;
  part.size_ = std::min(size, size_ - skipped);
  return part;
}

Body Body::framed(std::string_view before, const Body& content, std::string_view behind) {
  if (!content.before_.empty() || !content.behind_.empty() || content.first_ != 0 ||
      content.size_ != content.content_size_)
    throw Error(Errc::usage, "only a whole body gets a frame");
  Body body = content;
  body.begun_ = {};
  body.before_ = before;
  body.behind_ = behind;
  body.size_ += before.size() + behind.size();
  return body;
}

std::size_t Body::read(std::uint64_t offset, std::span<char> buffer) const {
  const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), size_ - std::min(offset, size_));
  if (wanted == 0) return 0;
  std::uint64_t at = first_ + offset;
  if (at < before_.size()) return before_.copy(buffer.data(), wanted, at);
  at -= before_.size();
  if (at >= content_size_) return behind_.copy(buffer.data(), wanted, at - content_size_);
  return read_content(at, buffer.first(std::min<std::uint64_t>(wanted, content_size_ - at)));
}

std::size_t Body::read_content(std::uint64_t offset, std::span<char> buffer) const {
  if (fd_ < 0) return bytes_.copy(buffer.data(), buffer.size(), offset);
  for (;;) {
    const ssize_t got = ::pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(file_offset_ + offset));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0)
      throw Error(Errc::io, fmt::format("'{}' has become shorter while it was read", name_), "run the command again");
    if (errno != EINTR) throw_errno("read", name_);
  }
}

void Body::each_block(const std::function<void(std::string_view)>& take) const {
  std::vector<char> buffer(std::min<std::uint64_t>(size_, block_size));
  for (std::uint64_t offset = 0; offset < size_;) {
    const std::size_t got = read(offset, buffer);
    take({buffer.data(), got});
    offset += got;
  }
}

Body::Checksums Body::compute(const ChecksumKinds& kinds) const {
  std::optional<Digest> digest;
  try {
    if (kinds.digest) digest.emplace(*kinds.digest);
  } catch (const Error& error) {
    if (error.code() != Errc::unsupported || !kinds.crc32c) throw;
  }
  Checksums sums;
  each_block([&](std::string_view block) {
    if (digest) digest->update(block);
    if (kinds.crc32c) sums.crc32c = barman::crc32c(block, sums.crc32c);
  });
  if (digest) sums.digest = digest->bytes();
  return sums;
}

std::string Body::digest(DigestKind kind) const {
  if (begun_.valid() && begun_kinds_.digest == kind && begun_.get().digest) return *begun_.get().digest;
  return *compute({.digest = kind}).digest;
}

std::uint32_t Body::crc32c() const {
  return begun_.valid() && begun_kinds_.crc32c ? begun_.get().crc32c : compute({.crc32c = true}).crc32c;
}

void Body::begin_checksums(const ChecksumKinds& kinds) {
  if (!kinds.any()) return;
  try {
    begun_ = std::async(std::launch::async, [kinds, body = *this] { return body.compute(kinds); }).share();
    begun_kinds_ = kinds;
  } catch (const std::system_error&) {
    // The system gives no more threads: they are computed when they are asked for.
  }
}

}  // namespace barman::http
