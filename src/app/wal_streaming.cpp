#include "barman/app/wal_streaming.h"

#include <fmt/core.h>

#include "barman/app/check.h"
#include "barman/app/pending_wal.h"
#include "barman/app/status.h"
#include "barman/archiver/receive_wal.h"
#include "barman/archiver/switch_wal.h"
#include "barman/core/error.h"

namespace barman::app {
namespace {

using Action = ReceiveRequest::Action;

void require_streaming(const config::ServerConfig& config, std::string_view action) {
  if (config.live() && config.streams()) return;
  throw Error(Errc::config,
              fmt::format("Unable to {} a physical replication slot: streaming connection not configured", action));
}

void require_receiver(Server& server) {
  if (!server.config().streaming_archiver) {
    throw Error(
        Errc::config,
        "Unable to start receive-wal process: streaming_archiver option set to 'off' in barman configuration file");
  }
  if (ready_for_streaming(server)) return;
  throw Error(Errc::refused,
              fmt::format("Impossible to start WAL streaming. Check the log for more details, or run 'barman "
                          "check {}'",
                          server.config().name));
}

}  // namespace

void switch_wal(Server& server, const SwitchRequest& request) {
  const config::ServerConfig& config = server.config();
  if (config.passive()) {
    throw Error(Errc::refused, fmt::format("Unable to perform pg_switch_wal for server '{}'.", config.name),
                "it is a passive node: switch the WAL on its primary node");
  }
  const archiver::SwitchTarget target{config.name, server.postgres(), server.primary_postgres()};
  const auto closed = archiver::switch_wal(target, request.force, server.notifier());
  if (!request.archive) return;
  wait_for_wal(server, closed, request.archive_timeout);
}

int receive_wal(Server& server, const ReceiveRequest& request) {
  const config::ServerConfig& config = server.config();
  if (const std::string text = wal_overrides_text(config); !text.empty()) server.notifier().info(text);
  if (request.action == Action::create_slot) require_streaming(config, "create");
  if (request.action == Action::drop_slot) require_streaming(config, "drop");
  if (request.action == Action::stream || request.action == Action::reset) require_receiver(server);
  const archiver::Receiving receiving{.config = config,
                                      .locks = server.locks(),
                                      .postgres = server.wal_postgres(),
                                      .streaming = server.wal_streaming(),
                                      .local = server.local(),
                                      .notifier = server.notifier()};
  switch (request.action) {
    case Action::create_slot:
      archiver::create_slot(receiving, request.if_not_exists);
      return 0;
    case Action::drop_slot:
      archiver::drop_slot(receiving);
      return 0;
    case Action::reset:
      archiver::reset_receiver(receiving);
      return 0;
    case Action::stream:
      break;
  }
  return archiver::receive_wal(receiving).ended_by;
}

}  // namespace barman::app
