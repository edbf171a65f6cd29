#pragma once
#include <map>
#include <string>

#include "barman/config/server_config.h"

namespace barman::config {

// The server options that Barman does not know, as describe() has the others.
std::map<std::string, OptionValue> describe_ours(const ServerConfig& server);

}  // namespace barman::config
