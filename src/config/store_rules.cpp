#include <fmt/core.h>

#include <algorithm>

#include "barman/config/server_config.h"

namespace barman::config {
namespace {

constexpr std::string_view compressed_by_children[] = {"pigz", "custom"};

std::optional<std::string> compression_problem(const ServerConfig& config) {
  if (!config.keeps_wal_in_store() || !config.compression ||
      std::ranges::find(compressed_by_children, *config.compression) == std::end(compressed_by_children))
    return std::nullopt;
  return fmt::format(
      "cloud WAL storage only supports in-memory compression algorithms (gzip, bzip2, xz, zstd, lz4, snappy). '{}' is "
      "not supported",
      *config.compression);
}

std::optional<std::string> encryption_problem_of(bool in_store, std::string_view what, const ServerConfig& config) {
  if (!in_store || !config.encryption) return std::nullopt;
  return fmt::format("encryption is not supported when the {} destination is a cloud storage", what);
}

}  // namespace

std::optional<std::string> wal_store_problem(const ServerConfig& config) {
  if (auto problem = compression_problem(config)) return problem;
  return encryption_problem_of(config.keeps_wal_in_store(), "WAL", config);
}

std::optional<std::string> store_problem(const ServerConfig& config) {
  const bool backups = config.keeps_backups_in_store(), wal = config.keeps_wal_in_store();
  if (backups && config.backup_compression && *config.backup_compression != "none")
    return "compression is not supported when the backup destination is a cloud storage";
  if (auto problem = compression_problem(config)) return problem;
  if (auto problem = encryption_problem_of(backups, "backup", config)) return problem;
  if (auto problem = encryption_problem_of(wal, "WAL", config)) return problem;
  if (backups && config.backup_method != BackupMethod::postgres && config.backup_method != BackupMethod::local_to_cloud)
    return "cloud backup destination is only supported with 'backup_method = postgres' or 'backup_method = "
           "local-to-cloud'";
  if ((backups || wal) && config.worm_mode)
    return "WORM mode is not supported when the backup or WAL destination is a cloud storage";
  return std::nullopt;
}

}  // namespace barman::config
