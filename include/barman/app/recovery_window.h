#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "barman/report/recovery_window.h"
#include "barman/server/server_context.h"

namespace barman::app {

struct RecoveryWindowRequest {
  // A recovery_target_timeline: "latest", "current" (of each backup) or a number. Without one the latest, and of
  // backups that do not lead there their own.
  std::optional<std::string> timeline;
  bool verify = false;  // believe no note: read every segment
  // Ask nobody, read no WAL and write nothing: what is noted has to do. Bounds may then be a little inside the true
  // ones, and what is not archived counts for nothing.
  bool from_notes = false;
};

// To which moments the server can be restored. Changes nothing. Throws Error.
report::RecoveryWindow recovery_window(ServerContext& server, const RecoveryWindowRequest& request);

// Notes what archived WAL holds of which nothing is noted, for the next question, until then; cron ends with it for one
// server after the other. WAL in an object store is left alone: each segment would be downloaded. What fails is logged.
inline constexpr std::chrono::seconds time_for_notes{15};
void note_wal(ServerContext& server, std::chrono::steady_clock::time_point until);

}  // namespace barman::app
