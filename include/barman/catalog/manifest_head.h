#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace barman::catalog {

// What the first lines of a backup_manifest say. PostgreSQL 17 and later write version 2, with all that a server needs
// to know for an incremental backup; what generate-manifest and earlier servers write has version 1.
struct ManifestHead {
  std::int64_t version = 0;
  std::optional<std::string> system_identifier;
};
std::optional<ManifestHead> read_manifest_head(const std::string& path);  // nullopt: it is none

}  // namespace barman::catalog
