#pragma once
#include <string>

#include "barman/report/deletion.h"
#include "barman/server/server_context.h"

namespace barman::backup {

// What `barman delete` of that id would do at this moment, or why it would decline: the plans of a deletion
// (backup/deletion.h), which are not carried out. Nothing changes, and no hook is asked. Throws Error(not_found).
report::DeletionPreview preview_deletion(ServerContext& server, const std::string& id);

}  // namespace barman::backup
