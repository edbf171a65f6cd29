#include <fmt/core.h>

#include "barman/app/status.h"
#include "barman/core/error.h"
#include "barman/postgres/conninfo.h"
#include "barman/postgres/server.h"

namespace barman::app {
namespace {

postgres::StreamingClientKind kind_of(report::ReplicationTarget target) {
  switch (target) {
    case report::ReplicationTarget::hot_standby:
      return postgres::StreamingClientKind::hot_standby;
    case report::ReplicationTarget::wal_streamer:
      return postgres::StreamingClientKind::wal_streamer;
    case report::ReplicationTarget::all:
      break;
  }
  return postgres::StreamingClientKind::all;
}

report::ReplicationClient to_report(const postgres::StreamingClient& client) {
  return {.pid = client.pid,
          .user_name = client.user_name,
          .application_name = client.application_name,
          .state = client.state,
          .sync_state = client.sync_state,
          .sync_priority = client.sync_priority,
          .address = client.client_addr,
          .host_name = client.client_hostname,
          .slot_name = client.slot_name,
          .xmin = client.backend_xmin,
          .port = client.client_port,
          .started_at = client.backend_start,
          .sent = client.sent_lsn,
          .write = client.write_lsn,
          .flush = client.flush_lsn,
          .replay = client.replay_lsn};
}

void require_monitoring(postgres::Server& server) {
  if (server.has_monitoring_privileges()) return;
  const auto items = postgres::parse_conninfo(server.conninfo());
  const auto user = items.find("user");
  throw Error(
      Errc::refused,
      fmt::format("Postgres user '{}' is missing required privileges (see \"Pre-requisites\" section in the Barman "
                  "documentation)",
                  user == items.end() ? "" : user->second),
      "grant it the role pg_monitor");
}

}  // namespace

report::ReplicationReport replication_status(Server& server, const ReplicationRequest& request) {
  const std::string& name = server.config().name;
  if (request.from_wal_host) {
    if (const std::string text = wal_overrides_text(server.config()); !text.empty()) server.notifier().info(text);
  }
  postgres::Server& postgres = request.from_wal_host ? server.wal_postgres() : server.postgres();
  try {
    postgres.connect();
  } catch (const Error& error) {
    if (error.code() != Errc::postgres) throw;
    throw Error(Errc::postgres, fmt::format("Unable to connect to server {}\nDETAILS: {}", name, error.what()),
                error.hint());
  }
  require_monitoring(postgres);
  report::ReplicationReport report;
  report.server = name;
  report.target = request.target;
  report.minimal = request.minimal;
  report.current = postgres.current_position().lsn;
  for (const postgres::StreamingClient& client : postgres.streaming_clients(kind_of(request.target))) {
    report.clients.push_back(to_report(client));
  }
  return report;
}

}  // namespace barman::app
