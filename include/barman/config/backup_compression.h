#pragma once
#include <optional>
#include <string>

#include "barman/config/server_config.h"

namespace barman::config {

// What is wrong with the backup_compression options for these versions of pg_basebackup and of the server (15), in the
// words that Barman uses; nullopt: nothing. Version 0: not known, the rules that depend on it are left out.
std::optional<std::string> backup_compression_problem(const ServerConfig& config, int client_major, int server_major);

}  // namespace barman::config
