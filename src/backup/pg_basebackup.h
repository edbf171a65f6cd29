#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/config/server_config.h"

namespace barman::backup {

// Everything that decides how pg_basebackup is called (algorithms.md 4.3).
struct PgBasebackupCall {
  std::string program;                                           // absolute path
  int client_major = 0;                                          // its version: 15
  std::string connection;                                        // --dbname, without password
  std::string data_directory;                                    // target
  std::vector<std::pair<std::string, std::string>> tablespaces;  // location, target
  std::int64_t bandwidth_limit = 0;                              // kB/s
  std::optional<std::string> parent_manifest;  // of the backup that an incremental one is taken on top of
  bool immediate_checkpoint = false;
};

std::vector<std::string> pg_basebackup_arguments(const PgBasebackupCall& call, const config::ServerConfig& config);

// Whether the backup will be tar files.
bool in_tar_format(const config::ServerConfig& config);

// A location in a --tablespace-mapping: '=' separates its parts.
std::string mapping_part(std::string_view path);

// What pg_basebackup -v is at.
enum class BasebackupPhase { checkpoint, copying, archiving, syncing };

// The phase that begins with a line of its standard error; nothing for other lines, and for other languages than
// English.
std::optional<BasebackupPhase> phase_begun_by(std::string_view line);

}  // namespace barman::backup
