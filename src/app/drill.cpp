#include "barman/app/drill.h"

#include <fmt/core.h>

#include "barman/drill/drill.h"
#include "barman/fs/file.h"
#include "target_request.h"

namespace barman::app {

report::Drill drill(ServerContext& server, const DrillOptions& options, Progress& progress) {
  drill::Request request;
  request.backup = options.backup;
  request.target = target_request(options.target);
  request.keep = options.keep;
  if (const auto& file = options.sql ? options.sql : server.config().drill_sql)
    request.statements = drill::parse_statements(fs::read_file(*file), *file);
  report::Drill drill = drill::run(server, request, progress);
  if (!drill.passed)
    server.notifier().error(fmt::format("The drill of server {} with backup {} failed: {}", drill.server,
                                        drill.backup_id.empty() ? "(none)" : drill.backup_id, failure_of(drill)));
  return drill;
}

report::DrillHistory drill_history(const ServerContext& server) { return drill::read_history(server.config()); }

}  // namespace barman::app
