#pragma once
#include <string>
#include <vector>

#include "barman/config/server_config.h"

namespace barman::archiver {

// The directories of one server, meta included, in the order in which they are made.
std::vector<std::string> server_directories(const config::ServerConfig& config);

// Creates those that are missing, with the default mode. A failure is Error(io) with the text "{path}: {strerror}".
void create_server_directories(const config::ServerConfig& config);

}  // namespace barman::archiver
