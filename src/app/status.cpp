#include "barman/app/status.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/catalog/backup_catalog.h"
#include "barman/cloud_copy/copy.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/postgres/conninfo.h"
#include "barman/postgres/server.h"

namespace barman::app {
namespace {

using config::ServerConfig;

report::ArchivingStatus archiving_status(postgres::Server& server) {
  constexpr double seconds_per_hour = 3600;
  report::ArchivingStatus status;
  status.archive_command = server.setting("archive_command");
  const auto stats = server.archiver_stats();
  if (!stats) return status;
  status.last_archived_wal = stats->last_archived_wal;
  status.last_archived_time = stats->last_archived_time;
  status.failed_count = stats->failed_count.value_or(0);
  status.last_failed_wal = stats->last_failed_wal;
  status.last_failed_time = stats->last_failed_time;
  const auto rate =
      stats->current_archived_wals_per_second ? parse_double(*stats->current_archived_wals_per_second) : 0;
  status.archived_per_hour = rate.value_or(0) * seconds_per_hour;
  return status;
}

report::PostgresStatus postgres_status(ServerContext& server) {
  report::PostgresStatus status;
  try {
    postgres::Server& postgres = server.postgres();
    status.version = postgres.version_text();
    status.in_recovery = postgres.is_in_recovery();
    status.data_bytes = postgres.cluster_size();
    if (postgres.has_backup_privileges()) status.data_directory = postgres.setting("data_directory");
    status.current_segment = postgres.current_position().file;
    if (server.config().archiver) status.archiving = archiving_status(postgres);
    status.reachable = true;
  } catch (const Error& error) {
    if (error.code() != Errc::postgres && error.code() != Errc::config) throw;
    log::warning("barman.postgres", "Error retrieving PostgreSQL status: {}", error.what());
  }
  return status;
}

std::optional<std::string> id_of(const catalog::BackupInfo* backup) {
  return backup == nullptr ? std::nullopt : std::optional(backup->backup_id);
}

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

report::StatusReport server_status(ServerContext& server) {
  const ServerConfig& config = server.config();
  const catalog::BackupCatalog& backups = server.backups();
  report::StatusReport report;
  report.server = config.name;
  report.description = config.description;
  report.active = config.active;
  report.disabled = config.disabled();
  report.active_model = config.active_model;
  report.passive = config.passive();
  if (config.live()) report.postgres = postgres_status(server);
  if (config.retention_policy) report.retention_policy = config.retention_policy->canonical();
  report.retention_mode = config.retention_policy_mode;
  report.wal_retention_policy = to_upper(config.wal_retention_policy);
  report.backups = std::ranges::count_if(
      backups.all(), [](const auto& item) { return item.second.status == catalog::BackupStatus::done; });
  report.first_backup = id_of(backups.oldest());
  report.last_backup = id_of(backups.latest());
  report.redundancy = backups.done_full_count();
  report.minimum_redundancy = config.minimum_redundancy;
  report.primary_ssh_command = config.primary_ssh_command;
  if (config.cloud_copy) report.cloud_copy = cloud_copy::standing(server);
  return report;
}

std::string wal_overrides_text(const ServerConfig& config) {
  std::vector<std::string> items;
  const auto add = [&](const char* option, const std::string& value) {
    items.push_back(fmt::format("'{}' overridden with '{}'", option, value));
  };
  if (config.wal_streaming_conninfo) add("streaming_conninfo", *config.wal_streaming_conninfo);
  if (const config::Text& conninfo = config.wal_conninfo_override()) add("conninfo", *conninfo);
  return items.empty() ? "" : fmt::format("Configuration overrides applied: {}", join(items, " and "));
}

report::ReplicationReport replication_status(ServerContext& server, const ReplicationRequest& request) {
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
