#pragma once
#include <string>
#include <vector>

#include "backup_run.h"

namespace barman::backup {

// What pg_basebackup leaves behind: the configuration files that are not below PGDATA. They are read through
// ssh_command where there is one, or else by PostgreSQL itself as far as the role may, and kept with the backup
// (BackupCatalog::configuration_directory), mode 0600. What could not be read is a warning; the backup is whole
// without. With the option external_configuration somebody else looks after them.
void keep_outside_files(const BackupRun& run);

// Whether a path from a server can be one below a directory of ours: absolute, without "..".
bool can_be_kept(const std::string& path);

}  // namespace barman::backup
