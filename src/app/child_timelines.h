#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/config/server_config.h"

namespace barman::app {

// Timelines that left the backup's after its end, as the archived history files tell: those of the following timelines
// without a gap (algorithms.md 11.2). A history file that cannot be read throws.
std::vector<std::uint32_t> child_timelines(const config::ServerConfig& config, const catalog::BackupInfo& backup);

}  // namespace barman::app
