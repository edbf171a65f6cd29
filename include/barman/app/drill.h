#pragma once
#include <optional>
#include <string>

#include "barman/app/recovery_target.h"
#include "barman/report/drill.h"
#include "barman/report/progress.h"
#include "barman/server/server_context.h"

namespace barman::app {

// One drill, as asked for. What is unset is as configured.
struct DrillOptions {
  std::optional<std::string> backup;
  RecoveryTarget target;  // its action is ignored
  std::optional<std::string> sql;
  bool keep = false;
};

// `barman drill`: restores into a directory of its own, starts PostgreSQL there, and looks. A drill that failed is an
// error of the notifier, too. Throws Error where nothing could be found out.
report::Drill drill(ServerContext& server, const DrillOptions& options, Progress& progress);

// The last drills, the newest first.
report::DrillHistory drill_history(const ServerContext& server);

}  // namespace barman::app
