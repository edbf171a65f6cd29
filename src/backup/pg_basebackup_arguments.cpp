#include "pg_basebackup_arguments.h"

#include <fmt/core.h>

#include "barman/core/text.h"

namespace barman::backup {
namespace {

using config::BackupFormat;

constexpr int first_with_compression_detail = 15;
constexpr int first_without_wal = 10;

// "client-zstd:level=3,workers=2"
std::string compression_detail(const config::ServerConfig& config) {
  std::string detail;
  if (config.backup_compression_location) detail = fmt::format("{}-", to_string(*config.backup_compression_location));
  detail += *config.backup_compression;
  std::vector<std::string> options;
  if (config.backup_compression_level) options.push_back(fmt::format("level={}", *config.backup_compression_level));
  if (config.backup_compression_workers)
    options.push_back(fmt::format("workers={}", *config.backup_compression_workers));
  if (!options.empty()) detail += ":" + join(options, ",");
  return detail;
}

void add_compression(const config::ServerConfig& config, int client_major, std::vector<std::string>& argv) {
  if (!config.backup_compression) return;
  argv.emplace_back(in_tar_format(config) ? "--format=tar" : "--format=plain");
  if (client_major >= first_with_compression_detail) {
    argv.push_back("--compress=" + compression_detail(config));
  } else if (config.backup_compression == "none") {
    argv.emplace_back("--compress=0");
  } else {
    if (config.backup_compression_level) argv.push_back(fmt::format("--compress={}", *config.backup_compression_level));
    argv.emplace_back("--gzip");
  }
}

}  // namespace

bool in_tar_format(const config::ServerConfig& config) {
  return config.backup_compression && config.backup_compression_format != BackupFormat::plain;
}

std::string mapping_part(std::string_view path) { return replace_all(path, "=", "\\="); }

std::vector<std::string> pg_basebackup_arguments(const PgBasebackupCall& call, const config::ServerConfig& config) {
  std::vector<std::string> argv = {call.program, "--dbname=" + call.connection, "-v", "--no-password",
                                   "--pgdata=" + call.data_directory};
  if (config.warehousepg_dbid) argv.push_back(fmt::format("--target-gp-dbid={}", *config.warehousepg_dbid));
  if (call.client_major >= first_without_wal) argv.insert(argv.end(), {"--no-slot", "--wal-method=none"});
  for (const auto& [location, target] : call.tablespaces)
    argv.push_back(fmt::format("--tablespace-mapping={}={}", mapping_part(location), mapping_part(target)));
  if (call.bandwidth_limit > 0) argv.push_back(fmt::format("--max-rate={}", call.bandwidth_limit));
  if (call.immediate_checkpoint) argv.emplace_back("--checkpoint=fast");
  add_compression(config, call.client_major, argv);
  return argv;
}

}  // namespace barman::backup
