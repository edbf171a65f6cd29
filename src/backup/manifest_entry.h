#pragma once
#include <cstdint>
#include <string>

namespace barman::backup {

// One file of a backup manifest.
struct ManifestEntry {
  std::string path;        // relative, raw bytes
  std::int64_t mtime = 0;  // seconds since 1970
  std::int64_t size = 0;
  std::string checksum;  // SHA256, hexadecimal
};

// Its line, without an end. A path that is not ASCII is given in hexadecimal as "Encoded-Path", as PostgreSQL does.
std::string to_json(const ManifestEntry& entry);

}  // namespace barman::backup
