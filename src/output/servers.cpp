#include "barman/output/servers.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "barman/core/numbers.h"
#include "fact_text.h"

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

}  // namespace barman::report
