#pragma once
#include <cstddef>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/fs/lock_file.h"
#include "barman/report/measured_restore.h"

// What restores of a server took, in a file of ours, {backup_directory}/.restore-history, which Barman ignores. It can
// be deleted at any time.
namespace barman::restore {

inline constexpr std::size_t most_remembered = 100;

// The oldest first. Lines that cannot be read are left out: they are only what was seen, and come again.
std::vector<report::MeasuredRestore> load_measured(const config::ServerConfig& config);

// Durably. Nothing is remembered on a host that has no directory of the server, nor of its second copy. What fails, or
// is kept out by another process for a second, is logged: the restore has succeeded.
void remember(const config::ServerConfig& config, const fs::LockDirectory& locks,
              const report::MeasuredRestore& restore);

}  // namespace barman::restore
