#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/postgres/connection.h"

namespace barman::postgres {

using Ask = std::function<Result(std::string_view sql, const std::vector<std::string>& parameters)>;

// Whether this session may see what waits for the archiver, on a server of this version that is no standby.
bool may_see_archive_status(const Ask& ask, int version);

// Returns when all that waits for the archiver now has been archived: what pg_backup_stop() waits for, which looks once
// a second. Calls `while_waiting` every second. Without a limit, as pg_backup_stop() has none.
void wait_until_archived(const Ask& ask, const std::function<void()>& while_waiting);

}  // namespace barman::postgres
