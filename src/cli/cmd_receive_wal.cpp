#include <fmt/core.h>

#include <csignal>
#include <memory>

#include "barman/app/processes.h"
#include "barman/app/status.h"
#include "barman/app/wal_streaming.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"

namespace barman::cli {
namespace {

using Action = app::ReceiveRequest::Action;

constexpr int killed_by_signal = 128;

struct ReceiveArguments {
  std::string server;
  bool stop = false, reset = false, create_slot = false, if_not_exists = false, drop_slot = false;

  Action action() const {
    if (create_slot) return Action::create_slot;
    if (drop_slot) return Action::drop_slot;
    return reset ? Action::reset : Action::stream;
  }
};

void stop(app::Server& server) {
  const std::string& name = server.config().name;
  if (const std::string text = app::wal_overrides_text(server.config()); !text.empty()) server.notifier().info(text);
  server.notifier().warning(
      fmt::format("--stop is deprecated and will be removed in a future release. Use 'barman terminate-process {} "
                  "receive-wal' instead.",
                  name));
  app::terminate_process(server, "receive-wal");
}

// Ctrl-C is how an operator ends the streaming; SIGTERM is how the system does.
int end_of_streaming(Session& session, int signal) {
  signals::clear();
  if (signal == 0) return 0;
  if (signal != SIGINT) return killed_by_signal + signal;
  session.writer().info("SIGINT received. Terminate gracefully.");
  return 0;
}

int run(Session& session, const ReceiveArguments& args) {
  if (args.stop && args.reset) throw Error(Errc::usage, "--stop and --reset options are not compatible");
  const bool streams = !args.stop && args.action() == Action::stream;
  const config::ServerConfig* config = session.select_one(
      args.server, {.inactive = streams ? Inactive::skip : Inactive::accept, .disabled = Disabled::refuse});
  if (config == nullptr) return 0;
  app::Server server = session.server(*config);
  if (args.stop) {
    stop(server);
    return 0;
  }
  return end_of_streaming(session,
                          app::receive_wal(server, {.action = args.action(), .if_not_exists = args.if_not_exists}));
}

}  // namespace

Command receive_wal_command() {
  const auto args = std::make_shared<ReceiveArguments>();
  return {.name = "receive-wal",
          .aliases = {},
          .summary = "Receive WAL by streaming, in the foreground; manage the replication slot.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server to stream from");
                options.flag({"--stop"}, args->stop, "stop the running receiver (deprecated: use terminate-process)");
                options.flag({"--reset"}, args->reset, "start again from the position of the replication slot");
                options.flag({"--create-slot"}, args->create_slot, "create the replication slot");
                options.flag({"--if-not-exists"}, args->if_not_exists, "with --create-slot: an existing one will do");
                options.flag({"--drop-slot"}, args->drop_slot, "drop the replication slot");
              },
          .run = [args](Session& session) { return run(session, *args); }};
}

}  // namespace barman::cli
