#pragma once
#include <string>

#include "barman/catalog/sync_info.h"
#include "barman/config/server_config.h"

namespace barman::output {

// The JSON document of sync-info (json.md 3.13), indented, without the last newline.
std::string sync_info_text(const catalog::SyncInfo& info, const config::ServerConfig& config);

}  // namespace barman::output
