#include "barman/config/backup_compression.h"

#include <fmt/core.h>

namespace barman::config {
namespace {

constexpr int first_with_compression_detail = 15;

std::optional<std::string> version_problem(const ServerConfig& config, int client_major, int server_major) {
  const bool old_client = client_major != 0 && client_major < first_with_compression_detail;
  const bool old_server = server_major != 0 && server_major < first_with_compression_detail;
  const std::string& algorithm = *config.backup_compression;
  if (config.backup_compression_location == BackupLocation::server && old_client)
    return "backup_compression_location = server requires pg_basebackup 15 or greater";
  if (config.backup_compression_location == BackupLocation::server && old_server)
    return "backup_compression_location = server requires PostgreSQL 15 or greater";
  if (old_client && (algorithm == "lz4" || algorithm == "zstd"))
    return fmt::format("backup_compression = {} requires pg_basebackup 15 or greater", algorithm);
  return std::nullopt;
}

std::string unsupported_level(std::int64_t level, std::string_view range) {
  return fmt::format(
      "backup_compression_level {} unsupported by compression algorithm. {} will use default compression level).",
      level, range);
}

std::optional<std::string> level_problem(const ServerConfig& config, int client_major) {
  if (!config.backup_compression_level) return std::nullopt;
  const std::int64_t level = *config.backup_compression_level;
  const std::string& algorithm = *config.backup_compression;
  const bool zero_allowed = client_major != 0 && client_major < first_with_compression_detail;
  if (algorithm == "none" && level != 0) return "backup_compression none only supports backup_compression_level 0.";
  if (algorithm == "gzip" && level != -1 && (level < (zero_allowed ? 0 : 1) || level > 9)) {
    std::string text = unsupported_level(
        level, fmt::format("gzip expects a compression level between {} and 9 (-1", zero_allowed ? "-1" : "1"));
    if (level == 0)
      text += "\nIf you need to create an archive not compressed, you should set `backup_compression = none`.";
    return text;
  }
  if (algorithm == "lz4" && (level < 0 || level > 12))
    return unsupported_level(level, "lz4 expects a compression level between 1 and 12 (0");
  if (algorithm == "zstd" && (level < -131072 || level > 22))
    return unsupported_level(level, "'zstd' expects a compression level between -131072 and 22 (3");
  return std::nullopt;
}

std::optional<std::string> workers_problem(const ServerConfig& config) {
  if (!config.backup_compression_workers) return std::nullopt;
  const std::string& algorithm = *config.backup_compression;
  if (algorithm == "gzip") return "backup_compression_workers is not compatible with compression gzip";
  if (algorithm == "lz4") return "backup_compression_workers is not compatible with compression lz4.";
  if (algorithm == "none") return "backup_compression_workers is not compatible with compression 'none'.";
  if (*config.backup_compression_workers < 0)
    return fmt::format("backup_compression_workers should be a positive integer: '{}' is invalid.",
                       *config.backup_compression_workers);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> backup_compression_problem(const ServerConfig& config, int client_major, int server_major) {
  if (!config.backup_compression) return std::nullopt;
  if (const auto problem = version_problem(config, client_major, server_major)) return problem;
  if (config.backup_compression_format == BackupFormat::plain &&
      config.backup_compression_location != BackupLocation::server)
    return fmt::format("backup_compression_format plain is not compatible with backup_compression_location {}",
                       config.backup_compression_location ? to_string(*config.backup_compression_location) : "None");
  if (const auto problem = level_problem(config, client_major)) return problem;
  return workers_problem(config);
}

}  // namespace barman::config
