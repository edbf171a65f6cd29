#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/postgres/connection.h"
#include "barman/wal/segment.h"

namespace barman::postgres {

using Ask = std::function<Result(std::string_view sql, const std::vector<std::string>& parameters)>;

// How a session can see, more often than once a second, whether what a backup needs is archived.
enum class ArchiverSight {
  none,        // pg_backup_stop() has to wait: it knows what there is to wait for, on a standby for example
  directory,   // what waits for the archiver, to superusers and pg_monitor
  statistics,  // what was archived last, to everybody
};
ArchiverSight sight_of_archiver(const Ask& ask, int version);

// What a backup needs of the archiver once it has been stopped.
struct NeededWal {
  Segment begin, end;  // in which it begins and ends
};

// Returns when it is archived, or as soon as that is for others to find out: where statistics were reset, or tell
// nothing although the archiver goes on. Calls `while_waiting` every second. Without a limit while the archiver fails,
// as pg_backup_stop() has none.
void wait_until_archived(const Ask& ask, ArchiverSight sight, const NeededWal& needed,
                         const std::function<void()>& while_waiting);

// Whether a file that was archived last shows that all of it is: the archiver takes what is ready by name, and the
// history file of the backup may come before the last segment or behind it.
bool shows_as_archived(std::string_view last_archived, const NeededWal& needed);

}  // namespace barman::postgres
