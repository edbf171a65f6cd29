#include <memory>

#include "barman/app/wal_streaming.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {
namespace {

struct SwitchArguments {
  std::vector<std::string> servers;
  bool force = false;
  bool archive = false;
  std::optional<std::int64_t> timeout;
};

}  // namespace

Command switch_wal_command() {
  const auto args = std::make_shared<SwitchArguments>();
  return {.name = "switch-wal",
          .aliases = {"switch-xlog"},
          .summary = "Close the current WAL segment of servers.",
          .declare =
              [args](Options& options) {
                options.positional_list("server_name", args->servers, "servers, or 'all'");
                options.flag({"--force"}, args->force, "take a checkpoint first");
                options.flag({"--archive"}, args->archive, "wait until the segment is archived");
                options.number({"--archive-timeout"}, args->timeout, Number::non_negative, "TIMEOUT",
                               "how long to wait (default: 30; 0: for ever)");
              },
          .run =
              [args](Session& session) {
                app::SwitchRequest request{.force = args->force, .archive = args->archive};
                if (args->timeout) request.archive_timeout = std::chrono::seconds(*args->timeout);
                const ServerPolicy policy{.inactive = Inactive::skip, .disabled = Disabled::refuse};
                session.for_each_server(args->servers, policy, [&](const config::ServerConfig& config) {
                  app::Server server = session.server(config);
                  app::switch_wal(server, request);
                });
                return 0;
              }};
}

}  // namespace barman::cli
