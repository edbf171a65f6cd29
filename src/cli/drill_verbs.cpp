// The verb that tries out restores.
#include "barman/app/drill.h"
#include "barman/output/drill.h"
#include "target_options.h"
#include "verb.h"

namespace barman::cli {
namespace {

struct DrillArguments : OfServer {
  app::DrillOptions options;
  bool history = false;
};

void declare_drill(Options& options, DrillArguments& args) {
  options.flag({"--history"}, args.history, "show the last drills instead of making one");
  declare_target(options, args.options.target);
  options.value({"--sql"}, args.options.sql, "FILE",
                "file of SQL statements, one a line, each of which must return true (default: drill_sql)");
  options.flag({"--keep"}, args.options.keep, "leave the restored cluster, stopped, and say where it is");
  options.optional_positional("backup_id", args.options.backup,
                              "backup id, name, shortcut (latest, oldest, ...) or 'auto' (default: as drill_target)");
}

void drill(Session& session, ServerContext& server, const DrillArguments& args) {
  if (args.history) return session.writer().write(app::drill_history(server));
  const auto progress = session.writer().progress("Drill");
  session.writer().write(app::drill(server, args.options, *progress));
}

}  // namespace

Command drill_command() {
  return server_verb<DrillArguments>("server whose restore is tried out", {.disabled = Disabled::refuse}, declare_drill,
                                     drill);
}

}  // namespace barman::cli
