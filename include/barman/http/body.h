#pragma once
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "barman/core/digest.h"

namespace barman::http {

// Checksums that a store wants of what it is sent.
struct ChecksumKinds {
  std::optional<DigestKind> digest{};
  bool crc32c = false;
  bool any() const { return digest || crc32c; }
};

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
  std::uint32_t crc32c() const;
  // Begins to compute them in one pass on a thread of its own, for who has to wait for something else before the
  // request. What the last copy of this body waits for when it goes; parts of it begin anew.
  void begin_checksums(const ChecksumKinds& kinds);

 private:
  struct Checksums {
    std::optional<std::string> digest{};  // missing beside a CRC where this machine does not compute it
    std::uint32_t crc32c = 0;
  };
  std::size_t read_content(std::uint64_t offset, std::span<char> buffer) const;
  Checksums compute(const ChecksumKinds& kinds) const;

  std::string_view bytes_;
  int fd_ = -1;
  std::uint64_t file_offset_ = 0;
  std::string_view name_;
  std::string_view before_, behind_;
  std::uint64_t content_size_ = 0;
  std::uint64_t first_ = 0;  // where it begins in before_, the content and behind_ together
  std::uint64_t size_ = 0;
  ChecksumKinds begun_kinds_;
  std::shared_future<Checksums> begun_;
};

}  // namespace barman::http
