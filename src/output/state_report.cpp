#include "barman/output/state_report.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/numbers.h"
#include "barman/core/redact.h"
#include "barman/report/drill.h"
#include "json.h"

namespace barman::report {
namespace {

using nlohmann::json;

template <typename Value>
json or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json();
}
json or_null(const std::optional<Timestamp>& time) { return time ? json(to_iso_exact(*time)) : json(); }

json to_json(const std::vector<Concern>& concerns) {
  json list = json::array();
  for (const Concern& each : concerns)
    list.push_back({{"serious", each.serious}, {"text", each.text}, {"command", each.command}});
  return list;
}

json to_json(const SurveyedBackup& backup) {
  json reasons = json::array();
  for (const auto& reason : backup.reasons) reasons.push_back({{"rule", reason.rule}, {"detail", reason.detail}});
  return {{"backup_id", backup.id},
          {"backup_name", or_null(backup.name)},
          {"status", backup.status},
          {"backup_type", backup.type},
          {"timeline", or_null(backup.timeline)},
          {"begin_time", or_null(backup.begin)},
          {"end_time", or_null(backup.end)},
          {"size_bytes", backup.size},
          {"deduplicated_bytes", backup.stored},
          {"wal_bytes", backup.needed_wal + backup.later_wal},
          {"copy_seconds", or_null(backup.seconds)},
          {"keep", backup.keep.empty() ? json() : json(backup.keep)},
          {"retention_status", backup.retention},
          {"goes", backup.goes},
          {"reasons", std::move(reasons)},
          {"error", or_null(backup.error)}};
}

json to_json(const Stretch& stretch) {
  return {
      {"backup_id", stretch.backup_id},      {"timeline", stretch.timeline}, {"from_time", to_iso_exact(stretch.from)},
      {"to_time", to_iso_exact(stretch.to)}, {"exact", stretch.to_is_exact}, {"ended_by", stretch.ended_by},
      {"missing", stretch.missing}};
}

json wal_of(const SurveyedServer& server, const ServerState& state) {
  json timelines = json::object(), waiting = json::object();
  for (const auto& [number, timeline] : server.timelines)
    timelines[std::to_string(number)] = {{"files", timeline.files},
                                         {"bytes", timeline.bytes},
                                         {"newest", timeline.newest},
                                         {"written", or_null(timeline.written)}};
  for (const WaitingWal& each : server.waiting)
    waiting[each.source] = {
        {"files", each.files}, {"bytes", each.bytes}, {"oldest_seconds", or_null(each.oldest_seconds)}};
  return {{"timelines", std::move(timelines)},
          {"waiting", std::move(waiting)},
          {"error_files", or_null(server.error_files)},
          {"bytes_per_day", state.inflow.wal_bytes},
          {"compression_ratio", or_null(state.wal_compression)},
          {"not_looked_into", server.window ? json(server.window->presumed) : json()}};
}

json configuration_of(const SurveyedServer& server) {
  json options = json::object();
  for (const auto& [name, value] : server.configuration) options[name] = redact_passwords(output::python_text(value));
  return options;
}

json to_json(const SurveyedServer& server, const ServerState& state) {
  json backups = json::array(), stretches = json::array(), drills = json::array();
  for (const SurveyedBackup& backup : server.backups) backups.push_back(to_json(backup));
  for (const Stretch& stretch : state.stretches) stretches.push_back(to_json(stretch));
  for (const Drill& drill : server.drills.drills) drills.push_back(json::parse(to_json_text(drill)));
  return {{"verdict", word_of(state.verdict)},
          {"concerns", to_json(state.concerns)},
          {"mode", server.mode},
          {"restorable", std::move(stretches)},
          {"restorable_seconds", server.window ? json(state.restorable_seconds) : json()},
          {"restorable_to", or_null(state.restorable_to)},
          {"backups", std::move(backups)},
          {"first_backup", or_null(server.first_backup)},
          {"last_backup", or_null(server.last_backup)},
          {"redundancy", server.backups_known ? json(server.redundancy) : json()},
          {"minimum_redundancy", server.minimum_redundancy},
          {"retention_policy", or_null(server.retention_policy)},
          {"retention_calendar", or_null(server.retention_calendar)},
          {"wal", wal_of(server, state)},
          {"backup_bytes_per_day", state.inflow.backup_bytes},
          {"drills", std::move(drills)},
          {"configuration", configuration_of(server)}};
}

std::string line_of(const SurveyedServer& server, const ServerState& state, const Timestamp& at) {
  std::string line = fmt::format("{} - {}", server.name, word_of(state.verdict));
  if (state.restorable_to)
    line += fmt::format(" - restorable to {}, {} ago", to_python(*state.restorable_to),
                        human_interval(std::chrono::floor<std::chrono::seconds>(at - *state.restorable_to)));
  else if (state.verdict != Verdict::unused)
    line += server.window ? " - nothing can be restored" : " - what can be restored is not known";
  return line;
}

void write_concern(const Concern& concern, const char* before, output::Writer& writer) {
  const std::string command = concern.command.empty() ? "" : fmt::format(" (try: {})", concern.command);
  writer.line(fmt::format("{}{}{}", before, concern.text, command));
}

}  // namespace

void write_console(const StateReport& report, output::Writer& writer) {
  for (const Concern& concern : report.concerns) write_concern(concern, "", writer);
  for (std::size_t i = 0; i < report.states.size(); ++i) {
    writer.line(line_of(report.survey.servers[i], report.states[i], report.survey.at));
    for (const Concern& concern : report.states[i].concerns) write_concern(concern, "\t", writer);
  }
}

void write_json(const StateReport& report, nlohmann::json& root) {
  json servers = json::object(), disks = json::array();
  for (std::size_t i = 0; i < report.states.size(); ++i)
    servers[report.survey.servers[i].name] = to_json(report.survey.servers[i], report.states[i]);
  for (const DiskForecast& disk : report.disks)
    disks.push_back({{"path", disk.filesystem.path},
                     {"size_bytes", disk.filesystem.size},
                     {"available_bytes", disk.filesystem.available},
                     {"bytes_per_day", disk.bytes_a_day},
                     {"full_at_the_earliest", or_null(disk.full)}});
  json verdict = json::object();
  for (const Verdict each : {Verdict::good, Verdict::attention, Verdict::risk, Verdict::unused})
    verdict[word_of(each)] = report.count(each);
  verdict["weakest"] = report.weakest ? json(report.survey.servers[*report.weakest].name) : json();
  root["report"] = {{"made", to_iso_exact(report.survey.at)},
                    {"version", report.survey.version},
                    {"barman_home", report.survey.home},
                    {"verdict", std::move(verdict)},
                    {"concerns", to_json(report.concerns)},
                    {"servers", std::move(servers)},
                    {"disks", std::move(disks)}};
}

}  // namespace barman::report
