#pragma once
#include <map>
#include <string>
#include <vector>

#include "barman/config/server_config.h"

namespace barman::config {

// Directories of the servers that are one and the same, links followed (config.md 4.7). A clash within a server goes to
// its errors, one between two servers to the result.
std::vector<std::string> find_path_conflicts(std::map<std::string, ServerConfig>& servers);

}  // namespace barman::config
