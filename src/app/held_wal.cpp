#include "held_wal.h"

#include <chrono>

#include "barman/app/check.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/postgres/server.h"
#include "barman/report/notifier.h"
#include "barman/server/server_context.h"

namespace barman::app {
namespace {

constexpr std::chrono::seconds patience{10};

std::int64_t behind(Lsn current, Lsn position) {
  return current > position ? static_cast<std::int64_t>(current.value - position.value) : 0;
}

std::optional<std::int64_t> lag_of_receiver(postgres::Server& server, const config::ServerConfig& config, Lsn current) {
  for (const postgres::StreamingClient& client :
       server.streaming_clients(postgres::StreamingClientKind::wal_streamer)) {
    const auto position = client.flush_lsn ? client.flush_lsn : client.sent_lsn;
    if (client.application_name == config.streaming_archiver_name && position) return behind(current, *position);
  }
  return std::nullopt;
}

report::HeldWal ask(ServerContext& server) {
  const config::ServerConfig& config = server.config();
  postgres::Server& wal = server.wal_postgres();
  wal.set_deadline(std::chrono::steady_clock::now() + patience);
  report::HeldWal held;
  const Lsn current = wal.current_position().lsn;
  if (config.slot_name)
    if (const auto slot = wal.slot(*config.slot_name); slot && slot->restart_lsn)
      if (const auto restart = parse_lsn(*slot->restart_lsn))
        held.slot = {slot->name, slot->active, behind(current, *restart)};
  if (config.streaming_archiver && wal.has_monitoring_privileges())
    held.receive_lag_bytes = lag_of_receiver(wal, config, current);
  return held;
}

}  // namespace

void hold_by_servers(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers,
                     std::vector<report::SurveyedServer>& answers) {
  run_parallel(servers.size(), checked_at_once, [&](std::size_t i) {
    const config::ServerConfig& config = *servers[i];
    if (!config.live() || config.disabled() || !config.conninfo) return;
    SilentNotifier silent;
    ServerContext server(global, config, silent);
    try {
      answers[i].held = ask(server);
    } catch (const Error& error) {
      log::debug("barman.postgres", "What PostgreSQL keeps for server {} is not known: {}", config.name, error.what());
    }
  });
}

}  // namespace barman::app
