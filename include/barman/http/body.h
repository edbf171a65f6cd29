#pragma once
#include <cstdint>
#include <functional>
#include <future>
#include <span>
#include <string>
#include <string_view>

#include "barman/core/digest.h"

namespace barman::http {

// What a request carries: bytes in memory, or a part of an open file that is read as it is sent. Nothing is owned, both
// must outlive the request. It can be read from any position again, for a request that is repeated.
class Body {
 public:
  Body() = default;
  static Body of(std::string_view bytes);
  static Body of_file(int fd, std::uint64_t offset, std::uint64_t size, std::string_view name);
  // One with something before and behind it.
  static Body framed(std::string_view before, const Body& content, std::string_view behind);

  Body part(std::uint64_t offset, std::uint64_t size) const;  // as much of it as there is

  std::uint64_t size() const { return size_; }
  // At least one byte, unless `offset` is the end. Throws Error(io) for a file that cannot be read or has become
  // shorter; `name` is in the message.
  std::size_t read(std::uint64_t offset, std::span<char> buffer) const;
  void each_block(const std::function<void(std::string_view)>& take) const;  // all of it, for checksums

  // As bytes. Error(unsupported) where this machine does not compute it.
  std::string digest(DigestKind kind) const;
  // Begins to compute it on a thread of its own, for who has to wait for something else before the request. What the
  // last copy of this body waits for when it goes; parts of it begin anew.
  void begin_digest(DigestKind kind);

 private:
  std::size_t read_content(std::uint64_t offset, std::span<char> buffer) const;

  std::string_view bytes_;
  int fd_ = -1;
  std::uint64_t file_offset_ = 0;
  std::string_view name_;
  std::string_view before_, behind_;
  std::uint64_t content_size_ = 0;
  std::uint64_t first_ = 0;  // where it begins in before_, the content and behind_ together
  std::uint64_t size_ = 0;
  DigestKind begun_kind_ = DigestKind::md5;
  std::shared_future<std::string> begun_;  // the digest of that kind
};

}  // namespace barman::http
