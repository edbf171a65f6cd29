#include <memory>

#include "barman/app/status.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/core/error.h"
#include "barman/output/replication.h"

namespace barman::cli {
namespace {

struct ReplicationArguments {
  std::vector<std::string> servers;
  bool minimal = false;
  std::optional<std::string> target, source;
};

app::ReplicationRequest request_of(const ReplicationArguments& args) {
  app::ReplicationRequest request;
  if (args.target == "hot-standby") request.target = report::ReplicationTarget::hot_standby;
  if (args.target == "wal-streamer") request.target = report::ReplicationTarget::wal_streamer;
  request.minimal = args.minimal;
  request.from_wal_host = args.source == "wal-host";
  return request;
}

// JSON names the server also when nothing is known about it.
void show(Session& session, const config::ServerConfig& config, const ReplicationArguments& args) {
  app::Server server = session.server(config);
  try {
    session.writer().write(app::replication_status(server, request_of(args)));
  } catch (const Error& error) {
    if (error.code() == Errc::interrupted) throw;
    report::ReplicationReport unknown;
    unknown.server = config.name;
    unknown.reached = false;
    session.writer().write(unknown);
    throw;
  }
}

}  // namespace

Command replication_status_command() {
  const auto args = std::make_shared<ReplicationArguments>();
  return {.name = "replication-status",
          .aliases = {},
          .summary = "Show who receives WAL from servers, and how far behind they are.",
          .declare =
              [args](Options& options) {
                options.positional_list("server_name", args->servers, "servers, or 'all'");
                options.flag({"--minimal"}, args->minimal, "one line for each client");
                options.choice({"--target"}, args->target, {"all", "hot-standby", "wal-streamer"},
                               "clients to show (default: all)");
                options.choice({"--source"}, args->source, {"backup-host", "wal-host"},
                               "connection to ask: conninfo, or wal_conninfo (default: backup-host)");
              },
          .run =
              [args](Session& session) {
                const ServerPolicy policy{
                    .inactive = Inactive::skip, .disabled = Disabled::refuse, .passive = Passive::skip};
                session.for_each_server(args->servers, policy,
                                        [&](const config::ServerConfig& config) { show(session, config, *args); });
                return 0;
              }};
}

}  // namespace barman::cli
