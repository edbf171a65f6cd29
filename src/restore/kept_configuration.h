#pragma once
#include <string>
#include <vector>

#include "barman/restore/restore.h"

namespace barman::restore {

inline constexpr const char* kept_configuration_directory = "barman_configuration";

// The configuration files from outside PGDATA that were kept with the backup (backup_method = postgres) go below that
// directory of the destination, mode 0600 as they hold secrets, and never where a server would read them. Returns where
// each was on its server; what an earlier restore has put there is gone.
std::vector<std::string> restore_kept_configuration(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                                    const RestoreRun& run);

}  // namespace barman::restore
