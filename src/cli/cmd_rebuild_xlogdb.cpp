#include <fmt/core.h>

#include <memory>

#include "barman/archiver/xlogdb_rebuild.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {
namespace {

void rebuild(Session& session, const config::ServerConfig& config) {
  const app::Server server = session.server(config);
  catalog::XlogDb index(config, server.locks());
  session.writer().info(fmt::format("Rebuilding xlogdb for server {}", config.name));
  const catalog::RebuildCounts counts = archiver::rebuild_xlogdb(config, index);
  session.writer().info(
      fmt::format("Done rebuilding xlogdb for server {} (history: {}, backup_labels: {}, wal_file: {})", config.name,
                  counts.history, counts.backup_labels, counts.wal_files));
}

}  // namespace

Command rebuild_xlogdb_command() {
  const auto names = std::make_shared<std::vector<std::string>>();
  return {.name = "rebuild-xlogdb",
          .aliases = {},
          .summary = "Write the index of archived WAL files anew from the files themselves.",
          .declare =
              [names](Options& options) {
                options.positional_list("server_name", *names, "servers whose index is rebuilt, or 'all'");
              },
          .run =
              [names](Session& session) {
                session.for_each_server(*names, {.inactive = Inactive::skip, .disabled = Disabled::refuse},
                                        [&session](const config::ServerConfig& config) { rebuild(session, config); });
                return 0;
              }};
}

}  // namespace barman::cli
