#include "barman/output/processes.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace barman::report {

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

}  // namespace barman::report
