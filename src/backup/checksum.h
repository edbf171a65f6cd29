#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/core/digest.h"

namespace barman::backup {

// The checksums of a backup manifest (PostgreSQL's documentation, "Backup Manifest File Object").
enum class ChecksumKind { none, crc32c, sha224, sha256, sha384, sha512 };
std::optional<ChecksumKind> parse_checksum_kind(std::string_view word);  // "CRC32C", any case
std::size_t hex_size(ChecksumKind kind);                                 // digits; none: 0

class Checksum {
 public:
  explicit Checksum(ChecksumKind kind);
  void update(std::string_view bytes);
  // Ends it; lower case. A CRC32C has the order of bytes that PostgreSQL leaves it in on little-endian machines.
  std::string hex();

 private:
  ChecksumKind kind_;
  std::uint32_t crc_ = 0;
  std::optional<Digest> digest_;
};

struct FileDigest {
  std::string checksum;
  std::int64_t size = 0;  // bytes that were read
};
FileDigest digest_file(const std::string& path, ChecksumKind kind);

}  // namespace barman::backup
