#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "checksum.h"

// A backup_manifest as PostgreSQL or generate-manifest wrote it, read front to back whatever its size (PostgreSQL's
// documentation, "Backup Manifest Format"). What is wrong with it is Error(corrupt) in pg_verifybackup's words.
namespace barman::backup {

struct ManifestFile {
  std::string path;  // relative, raw bytes
  std::int64_t size = 0;
  ChecksumKind kind = ChecksumKind::none;
  std::string checksum;  // lower case hexadecimal
};

// Compares the manifest with the checksum of itself in its last line.
void check_manifest_checksum(const std::string& path);

void read_manifest(const std::string& path, const std::function<void(ManifestFile&&)>& visit);

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
