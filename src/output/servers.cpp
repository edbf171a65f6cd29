#include "barman/output/servers.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "json.h"

namespace barman::report {

namespace {

std::string description_of(const ListedServer& server) {
  std::string text = server.description;
  if (!server.active)
    text += " (inactive)";
  else if (server.disabled)
    text += " (WARNING: disabled)";
  if (server.passive) text += " (Passive)";
  return text;
}

std::string state_of(const ServerFacts& report) {
  if (!report.active) return "(inactive)";
  return report.disabled ? "(WARNING: disabled)" : "";
}

}  // namespace

void write_console(const ServerList& report, output::Writer& writer) {
  for (const ListedServer& server : report.servers) {
    const std::string description = description_of(server);
    writer.line(report.minimal || description.empty() ? server.name : fmt::format("{} - {}", server.name, description));
  }
}

void write_json(const ServerList& report, nlohmann::json& root) {
  for (const ListedServer& server : report.servers) root[server.name] = {{"description", description_of(server)}};
}

void write_console(const ServerFacts& report, output::Writer& writer) {
  const std::string state = state_of(report);
  writer.line(fmt::format("Server {}{}{}:", report.server, state.empty() ? "" : " ", state));
  for (const auto& [name, fact] : report.values) writer.line(fmt::format("\t{}: {}", name, output::python_text(fact)));
}

void write_json(const ServerFacts& report, nlohmann::json& root) {
  nlohmann::json& values = root[report.server] = nlohmann::json::object();
  for (const auto& [name, fact] : report.values) values[name] = output::plain_json(fact);
  // The state stands in for a description that is not there.
  const std::string state = state_of(report);
  if (values["description"].is_null() && !state.empty()) values["description"] = state;
}

namespace {

// One row: its key in JSON, its label and its text for both writers.
struct Row {
  const char* code;
  const char* label;
  std::string text;
};

std::string truth(bool value) { return value ? "True" : "False"; }

std::string at(const std::optional<Timestamp>& time) { return time ? to_ctime(*time) : "None"; }

std::string last_archived(const ArchivingStatus& archiving) {
  if (!archiving.last_archived_wal) return "No WAL segment shipped yet";
  return fmt::format("{}, at {}", *archiving.last_archived_wal, at(archiving.last_archived_time));
}

std::string failures(const ArchivingStatus& archiving) {
  if (archiving.failed_count == 0) return "0";
  return fmt::format("{} ({} at {})", archiving.failed_count, archiving.last_failed_wal.value_or("None"),
                     at(archiving.last_failed_time));
}

void add_archiving(const ArchivingStatus& archiving, std::vector<Row>& rows) {
  const bool configured = archiving.archive_command && !archiving.archive_command->empty();
  rows.push_back({"archive_command", "PostgreSQL 'archive_command' setting",
                  configured ? *archiving.archive_command : "FAILED (please set it accordingly to documentation)"});
  rows.push_back({"last_archived_wal", "Last archived WAL", last_archived(archiving)});
  rows.push_back({"failed_count", "Failures of WAL archiver", failures(archiving)});
  if (archiving.archived_per_hour > 0) {
    rows.push_back({"server_archived_wals_per_hour", "Server WAL archiving rate",
                    fmt::format("{:.2f}/hour", archiving.archived_per_hour)});
  }
}

void add_postgres(const PostgresStatus& postgres, std::vector<Row>& rows) {
  if (!postgres.reachable) {
    rows.push_back({"pg_version", "PostgreSQL version", "FAILED trying to get PostgreSQL version"});
    return;
  }
  rows.push_back({"pg_version", "PostgreSQL version", postgres.version});
  rows.push_back({"is_in_recovery", "Cluster state", postgres.in_recovery ? "in archive recovery" : "in production"});
  if (postgres.data_bytes) rows.push_back({"current_size", "Current data size", human_size(*postgres.data_bytes)});
  if (postgres.data_directory)
    rows.push_back({"data_directory", "PostgreSQL Data directory", *postgres.data_directory});
  if (postgres.current_segment) rows.push_back({"current_xlog", "Current WAL segment", *postgres.current_segment});
  if (postgres.archiving) add_archiving(*postgres.archiving, rows);
}

std::string retention(const StatusReport& report) {
  if (!report.retention_policy) return "not enforced";
  return fmt::format("enforced (mode: {}, retention: {}, WAL retention: {})", report.retention_mode,
                     *report.retention_policy, report.wal_retention_policy);
}

std::vector<Row> rows_of(const StatusReport& report) {
  std::vector<Row> rows;
  if (report.description) rows.push_back({"description", "Description", *report.description});
  rows.push_back({"active", "Active", truth(report.active)});
  rows.push_back({"disabled", "Disabled", truth(report.disabled)});
  rows.push_back({"active_model", "Active configuration model", report.active_model.value_or("None")});
  if (report.postgres) add_postgres(*report.postgres, rows);
  rows.push_back({"passive_node", "Passive node", truth(report.passive)});
  rows.push_back({"retention_policies", "Retention policies", retention(report)});
  rows.push_back({"backups_number", "No. of available backups", std::to_string(report.backups)});
  rows.push_back({"first_backup", "First available backup", report.first_backup.value_or("None")});
  rows.push_back({"last_backup", "Last available backup", report.last_backup.value_or("None")});
  const char* verdict = report.redundancy >= report.minimum_redundancy ? "satisfied" : "FAILED";
  rows.push_back({"minimum_redundancy", "Minimum redundancy requirements",
                  fmt::format("{} ({}/{})", verdict, report.redundancy, report.minimum_redundancy)});
  if (report.cloud_copy)
    rows.push_back({"cloud_copy", "Cloud copy", report.cloud_copy->url + ": " + describe(*report.cloud_copy, now())});
  if (report.primary_ssh_command) {
    rows.push_back({"primary_ssh_command", "SSH command to primary server", *report.primary_ssh_command});
  }
  return rows;
}

}  // namespace

void write_console(const StatusReport& report, output::Writer& writer) {
  writer.line(fmt::format("Server {}:", report.server));
  for (const Row& row : rows_of(report)) writer.line(fmt::format("\t{}: {}", row.label, row.text));
}

void write_json(const StatusReport& report, nlohmann::json& root) {
  nlohmann::json& rows = root[report.server] = nlohmann::json::object();
  for (const Row& row : rows_of(report)) rows[row.code] = {{"description", row.label}, {"message", row.text}};
}

void write_console(const ProcessList& report, output::Writer& writer) {
  if (report.items.empty()) {
    writer.line(fmt::format("No active subprocesses found for server {}.", report.server));
    return;
  }
  writer.line(fmt::format("Active subprocesses for server {}:", report.server));
  for (const ProcessList::Item& item : report.items) writer.line(fmt::format("{} {}", item.pid, item.task));
}

void write_json(const ProcessList& report, nlohmann::json& root) {
  nlohmann::json& list = root[report.server] = nlohmann::json::array();
  for (const ProcessList::Item& item : report.items) list.push_back({{"name", item.task}, {"pid", item.pid}});
}

void announce(const ModelSwitch& change, output::Writer& writer) {
  if (change.already_active) {
    writer.info(fmt::format("Model '{}' is already active for server '{}', skipping...", change.model, change.server));
    return;
  }
  writer.info(fmt::format("Applying model '{}' to server '{}'", change.model, change.server));
  for (const ModelSwitch::Change& option : change.changes)
    writer.info(fmt::format("Changing value of option '{}' for server '{}' from '{}' to '{}' through the model '{}'",
                            option.option, change.server, output::python_text(option.from),
                            output::python_text(option.to), change.model));
}

namespace {

using output::Writer;

const char* title_of(ReplicationTarget target) {
  switch (target) {
    case ReplicationTarget::hot_standby:
      return "hot standby servers";
    case ReplicationTarget::wal_streamer:
      return "WAL streamers";
    case ReplicationTarget::all:
      break;
  }
  return "streaming clients";
}

// Python's str.capitalize(): the first letter up, all others down.
std::string capitalized(std::string_view text) {
  std::string out = to_lower(text);
  if (!out.empty()) out.replace(0, 1, to_upper(out.substr(0, 1)));
  return out;
}

std::string name_of(const ReplicationClient& client) {
  const std::string name =
      fmt::format("{} {}", capitalized(client.sync_state), client.standby() ? "standby" : "WAL streamer");
  return client.sync_priority > 0 ? fmt::format("#{} {}", client.sync_priority, name) : name;
}

std::string stage_of(const ReplicationClient& client, std::optional<Lsn> current) {
  const SyncStage stage = sync_stage(client, current);
  return fmt::format("{}/{} {}", stage.level, stage.levels, stage.name);
}

std::int64_t distance(Lsn position, Lsn current) { return static_cast<std::int64_t>(position.value - current.value); }

struct Position {
  const char* key;
  const char* label;
  const std::optional<Lsn>& lsn;
};

std::vector<Position> positions_of(const ReplicationClient& client) {
  std::vector<Position> known;
  for (const Position& position : {Position{"sent", "Sent LSN  ", client.sent},
                                   {"write", "Write LSN ", client.write},
                                   {"flush", "Flush LSN ", client.flush},
                                   {"replay", "Replay LSN", client.replay}}) {
    if (position.lsn) known.push_back(position);
  }
  return known;
}

std::string lsn_text(const std::optional<Lsn>& lsn) { return lsn ? to_string(*lsn) : "None"; }

void write_client(const ReplicationClient& client, int number, const std::optional<Lsn>& current, Writer& writer) {
  writer.line("");
  writer.line(fmt::format("  {}. {}", number, name_of(client)));
  const auto row = [&](const char* label, const std::string& text) {
    writer.line(fmt::format("     {}: {}", label, text));
  };
  row("Application name", client.application_name);
  row("Sync stage      ", stage_of(client, current));
  if (client.address) {
    row("Communication   ", "TCP/IP");
    row("IP Address      ", fmt::format("{} / Port: {} / Host: {}", *client.address, client.port.value_or(0),
                                        client.host_name.value_or("-")));
  } else {
    row("Communication   ", "Unix domain socket");
  }
  row("User name       ", client.user_name);
  row("Current state   ", fmt::format("{} ({})", client.state, client.sync_state));
  if (client.slot_name) row("Replication slot", *client.slot_name);
  row("WAL sender PID  ", std::to_string(client.pid));
  row("Started at      ", client.started_at ? to_python(*client.started_at) : "None");
  if (client.xmin) row("Standby's xmin  ", *client.xmin);
  for (const Position& position : positions_of(client)) {
    const std::string behind = current ? fmt::format(" (diff: {})", human_size(distance(*position.lsn, *current))) : "";
    writer.line(fmt::format("     {} : {}{}", position.label, to_string(*position.lsn), behind));
  }
}

void write_full(const ReplicationReport& report, Writer& writer) {
  const char* title = title_of(report.target);
  writer.line(fmt::format("Status of {} for server '{}':", title, report.server));
  if (report.current) writer.line(fmt::format("  Current LSN on master: {}", to_string(*report.current)));
  if (report.clients.empty()) {
    writer.line(fmt::format("  No {} attached", title));
    return;
  }
  writer.line(fmt::format("  Number of {}: {}", title, report.clients.size()));
  int number = 0;
  for (const ReplicationClient& client : report.clients) write_client(client, ++number, report.current, writer);
}

std::string kind_letter(const ReplicationClient& client) { return to_upper(client.sync_state.substr(0, 1)); }

std::string minimal_line(const ReplicationClient& client) {
  const std::string whom = fmt::format("{}@{}", client.user_name, client.address.value_or("socket"));
  const std::string whose = fmt::format("P:{} AN:{}", client.sync_priority, client.application_name);
  if (!client.standby())
    return fmt::format("W) {} S:{} W:{} {}", whom, lsn_text(client.sent), lsn_text(client.write), whose);
  return fmt::format("{}) {} S:{} F:{} R:{} {}", kind_letter(client), whom, lsn_text(client.sent),
                     lsn_text(client.flush), lsn_text(client.replay), whose);
}

void write_minimal(const ReplicationReport& report, Writer& writer) {
  const char* title = title_of(report.target);
  if (report.current) {
    writer.line(
        fmt::format("{} for master '{}' (LSN @ {}):", capitalized(title), report.server, to_string(*report.current)));
  } else {
    writer.line(fmt::format("{} for slave '{}':", capitalized(title), report.server));
  }
  if (report.clients.empty()) writer.line(fmt::format("  No {} attached", title));
  int number = 0;
  for (const ReplicationClient& client : report.clients)
    writer.line(fmt::format("  {}. {}", ++number, minimal_line(client)));
}

nlohmann::json lsn_json(const std::optional<Lsn>& lsn) {
  return lsn ? nlohmann::json(to_string(*lsn)) : nlohmann::json(nullptr);
}

nlohmann::json minimal_json(const ReplicationClient& client) {
  nlohmann::json out = {{"application_name", client.application_name},
                        {"client_addr", client.address.value_or("socket")},
                        {"sent_lsn", lsn_json(client.sent)},
                        {"sync_priority", client.sync_priority},
                        {"user_name", client.user_name}};
  if (!client.standby()) {
    out["write_lsn"] = lsn_json(client.write);
    return out;
  }
  out["flush_lsn"] = lsn_json(client.flush);
  out["replay_lsn"] = lsn_json(client.replay);
  out["sync_state"] = kind_letter(client);
  return out;
}

nlohmann::json full_json(const ReplicationClient& client, std::optional<Lsn> current) {
  nlohmann::json out = {{"name", name_of(client)},
                        {"application_name", client.application_name},
                        {"sync_stage", stage_of(client, current)},
                        {"communication", client.address ? "TCP/IP" : "Unix domain socket"},
                        {"user_name", client.user_name},
                        {"current_state", client.state},
                        {"current_sync_state", client.sync_state},
                        {"wal_sender_pid", client.pid},
                        {"started_at", client.started_at ? nlohmann::json(to_python(*client.started_at)) : nullptr}};
  if (client.address) {
    out["ip_address"] = *client.address;
    out["port"] = client.port.value_or(0);
    out["host"] = client.host_name ? nlohmann::json(*client.host_name) : nullptr;
  }
  if (client.slot_name) out["replication_slot"] = *client.slot_name;
  if (client.xmin) out["standbys_xmin"] = *client.xmin;
  for (const Position& position : positions_of(client)) {
    const std::string key = fmt::format("{}_lsn", position.key);
    out[key] = to_string(*position.lsn);
    if (!current) continue;
    out[key + "_diff"] = human_size(distance(*position.lsn, *current));
    out[key + "_diff_bytes"] = distance(*position.lsn, *current);
  }
  return out;
}

}  // namespace

void write_console(const ReplicationReport& report, output::Writer& writer) {
  if (!report.reached) return;
  report.minimal ? write_minimal(report, writer) : write_full(report, writer);
}

void write_json(const ReplicationReport& report, nlohmann::json& root) {
  const char* title = title_of(report.target);
  nlohmann::json& own = root[report.server] = nlohmann::json::object();
  if (!report.reached) return;
  own = {{"server_lsn", lsn_json(report.current)}};
  nlohmann::json& clients = own[replace_all(to_lower(title), " ", "_")] = nlohmann::json::array();
  for (const ReplicationClient& client : report.clients) {
    clients.push_back(report.minimal ? minimal_json(client) : full_json(client, report.current));
  }
  if (report.clients.empty()) own["standby_info"] = fmt::format("No {} attached", title);
}

}  // namespace barman::report
