#pragma once
#include <string>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/report/drill.h"

namespace barman::drill {

inline constexpr std::size_t most_remembered = 100;

// Of one server: beside its backups, where Barman does not look.
std::string own_directory(const config::ServerConfig& config);

// The oldest first. Lines that cannot be read are left out: they are only what was seen, and come again.
std::vector<report::Drill> load_history(const config::ServerConfig& config);

// Durably; hold the drill lock.
void remember(const config::ServerConfig& config, const report::Drill& drill);

}  // namespace barman::drill
