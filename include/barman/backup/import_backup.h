#pragma once
#include <string>

#include "barman/server/server_context.h"

// The way back of an exported backup (formats.md section 17).
namespace barman::backup {

// Unpacks into base/.import-*, looks at everything, and only then moves it into the catalogue: WAL, its lines of the
// index, the tree, a keep, and last backup.info. Whatever stops it before that leaves nothing that shows as a backup;
// what a killed import has left there is removed by the next one. Throws Error for what is refused.
void import_backup(const std::string& tarball, ServerContext& server);

}  // namespace barman::backup
