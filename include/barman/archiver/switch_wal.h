#pragma once
#include <optional>
#include <string>

#include "barman/server/server_context.h"

namespace barman::archiver {

// Closes the current segment, after a CHECKPOINT if `force`, and says what became of it. The name of the closed
// segment; nullopt when none was: PostgreSQL had written nothing into it, or is a standby. Failures are Errors with the
// texts of commands.md 3.6.
std::optional<std::string> switch_wal(ServerContext& server, bool force);

}  // namespace barman::archiver
