#pragma once
#include <string>

#include "barman/server/server_context.h"

namespace barman::backup {

// The file with the manifest of a backup, which an incremental one is taken on top of. Of one in an object store it is
// kept in meta/, and brought there from the archives if it is not. Throws Error(not_found) where there is none.
std::string parent_manifest(ServerContext& server, const std::string& id);

}  // namespace barman::backup
