#pragma once
#include <string>
#include <vector>

#include "barman/restore/restore.h"

namespace barman::restore {

// The configuration files from outside PGDATA that were kept with the backup (backup_method = postgres) go below
// catalog::kept_configuration_directory of the destination, mode 0600 as they hold secrets, and never where a server
// would read them. Returns where each was on its server; what an earlier restore has put there is gone. With a backup
// out of an object store they have come already, and are only named.
std::vector<std::string> restore_kept_configuration(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                                    const RestoreRun& run);

}  // namespace barman::restore
