#include "barman/output/server_facts.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/text.h"
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

}  // namespace barman::report
