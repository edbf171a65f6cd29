#pragma once
#include <optional>
#include <string>

#include "barman/postgres/server.h"
#include "barman/report/notifier.h"

namespace barman::archiver {

// Where WAL is switched.
struct SwitchTarget {
  const std::string& server_name;       // in messages
  postgres::Server& postgres;           // conninfo
  postgres::Server* primary = nullptr;  // primary_conninfo: asked when conninfo is a standby
};

// Closes the current segment, after a CHECKPOINT if `force`, and says what became of it. The name of the closed
// segment; nullopt when none was: PostgreSQL had written nothing into it, or is a standby. Failures are Errors with the
// texts of commands.md 3.6.
std::optional<std::string> switch_wal(const SwitchTarget& target, bool force, Notifier& notifier);

}  // namespace barman::archiver
