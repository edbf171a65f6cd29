#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/drill/statements.h"
#include "barman/fs/lock_file.h"
#include "barman/report/drill.h"
#include "barman/report/progress.h"
#include "barman/restore/target.h"
#include "barman/server/server_context.h"

// A restore that is tried out: into a directory of its own, by the code that restores, with a PostgreSQL there that
// nobody else can reach and that reaches nobody. Then everything is removed.
namespace barman::drill {

struct Request {
  std::optional<std::string> backup;  // id, name or word; "auto": the newest from which the target can be reached
  restore::TargetRequest target;      // neither this nor a backup: as drill_target says
  std::vector<Statement> statements;
  bool keep = false;  // the cluster stays, stopped
};

// Makes one drill, and remembers how it went (read_history). What is wrong with the backup is in the report; an Error
// is thrown where nothing could be found out about it: another drill or a backup of this server runs or has begun.
//
// This process gets a low priority, and forgets what the environment says to libpq.
report::Drill run(ServerContext& server, const Request& request, Progress& progress);

// Removes what drills of this server left that were killed: their PostgreSQL, their directories, their lock file.
void clear_killed_drills(const config::ServerConfig& config, const fs::LockDirectory& locks);

// When the last drill was started; nullopt: there was none.
std::optional<Timestamp> last_drill(const config::ServerConfig& config);
// Whether cron is to drill this server now.
bool is_due(const config::ServerConfig& config, const std::optional<Timestamp>& last, const Timestamp& now);

report::DrillHistory read_history(const config::ServerConfig& config);

}  // namespace barman::drill
