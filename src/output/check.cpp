#include "barman/output/check.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "barman/core/text.h"

namespace barman::report {

namespace {

std::string state_of(const CheckReport& report) {
  if (!report.active) return " (inactive)";
  return report.disabled ? " (WARNING: disabled)" : "";
}

std::string hint_of(const CheckLine& line) { return line.hint.empty() ? "" : fmt::format(" ({})", line.hint); }

std::vector<std::string> failed_names(const CheckReport& report) {
  std::vector<std::string> names;
  for (const CheckLine& line : report.lines) {
    if (!line.passed) names.push_back(line.name);
  }
  return names;
}

std::string performance_data(const std::vector<CheckReport>& reports) {
  std::vector<std::string> items;
  for (const CheckReport& report : reports) {
    if (report.last_backup_bytes) items.push_back(fmt::format("{}={}B", report.server, *report.last_backup_bytes));
    if (report.wal_bytes) items.push_back(fmt::format("{}_wals={}B", report.server, *report.wal_bytes));
  }
  return items.empty() ? "" : "|" + join(items, " ");
}

std::string good_news(const std::vector<CheckReport>& reports) {
  std::vector<std::string> ready;
  std::string ignored;
  for (const CheckReport& report : reports) {
    if (report.passed()) {
      ready.push_back(report.server);
    } else {
      ignored += fmt::format(" * IGNORING: {}", report.server);
    }
  }
  if (ready.empty()) return fmt::format("BARMAN OK - No server configured{}", ignored);
  const std::string whom =
      ready.size() == 1 ? ready.front() : fmt::format("{} servers * {}", ready.size(), join(ready, " * "));
  return fmt::format("BARMAN OK - Ready to serve the Espresso backup for {}{}{}", whom, ignored,
                     performance_data(reports));
}

std::string bad_news(const std::vector<CheckReport>& reports) {
  std::string issues;
  std::string details;
  std::size_t failing = 0;
  for (const CheckReport& report : reports) {
    if (report.passed()) continue;
    ++failing;
    issues += fmt::format(" * {} FAILED: {}", report.server, join(failed_names(report), ", "));
    for (const CheckLine& line : report.lines) {
      if (!line.passed) details += fmt::format("\n{}.{}: FAILED{}", report.server, line.name, hint_of(line));
    }
  }
  const std::string who = reports.size() == 1 ? fmt::format("server {} has issues", reports.front().server)
                                              : fmt::format("{} server out of {} have issues", failing, reports.size());
  return fmt::format("BARMAN CRITICAL - {}{}{}{}", who, issues, performance_data(reports), details);
}

}  // namespace

void write_console(const CheckReport& report, output::Writer& writer) {
  writer.line(fmt::format("Server {}{}:", report.server, state_of(report)));
  for (const CheckLine& line : report.lines) {
    writer.line(
        fmt::format("\t{}: {}{}", line.name, line.passed ? writer.good("OK") : writer.bad("FAILED"), hint_of(line)));
    if (line.id != CheckId::configuration) continue;
    for (const std::string& text : report.configuration_errors) writer.line("\t\t" + text);
  }
}

void write_json(const CheckReport& report, nlohmann::json& root) {
  nlohmann::json& checks = root[report.server] = nlohmann::json::object();
  for (const CheckLine& line : report.lines) {
    checks[check_key(line.name)] = {{"hint", line.hint}, {"status", line.passed ? "OK" : "FAILED"}};
    if (line.id != CheckId::configuration) continue;
    for (const std::string& text : report.configuration_errors) root["_INFO"].push_back("\t\t" + text);
  }
}

NagiosReport to_nagios(const std::vector<CheckReport>& reports, bool errors) {
  constexpr int critical = 2;
  const bool failed =
      std::ranges::any_of(reports, [](const auto& report) { return report.active && !report.passed(); });
  if (failed) return {bad_news(reports) + "\n", critical};
  if (errors) return {"BARMAN CRITICAL - Global configuration errors\n", critical};
  return {good_news(reports) + "\n", 0};
}

void write_console(const Explanation& explanation, output::Writer& writer) {
  const std::size_t count = explanation.problems.size();
  if (count == 0) {
    writer.line(fmt::format("Server {}: {}", explanation.server, writer.good("nothing is wrong")));
    return;
  }
  writer.line(fmt::format("Server {}: {}", explanation.server,
                          writer.bad(count == 1 ? "1 problem" : fmt::format("{} problems", count))));
  for (const Problem& problem : explanation.problems) {
    writer.line(fmt::format("\t{}", problem.check));
    for (const std::string& line : split_lines(problem.cause)) writer.line(fmt::format("\t\t{}", trim(line)));
    if (!problem.skipped.empty())
      writer.line(fmt::format("\t\tskipped while this is so: {}", join(problem.skipped, ", ")));
    if (!problem.command.empty()) writer.line(fmt::format("\t\ttry: {}", problem.command));
  }
}

void write_json(const Explanation& explanation, nlohmann::json& root) {
  nlohmann::json& problems = root[explanation.server]["problems"] = nlohmann::json::array();
  for (const Problem& problem : explanation.problems)
    problems.push_back(
        {{"check", problem.check}, {"cause", problem.cause}, {"skipped", problem.skipped}, {"try", problem.command}});
}

namespace {

std::string success(const WalArchiveCheck& report) {
  return fmt::format("WAL archive check for server {} passed", report.server);
}

}  // namespace

void write_console(const WalArchiveCheck& report, output::Writer& writer) {
  writer.line(fmt::format("Server {}:", report.server));
  if (report.passed) writer.line(fmt::format(" - {}", success(report)));
}

void write_json(const WalArchiveCheck& report, nlohmann::json& root) {
  root[report.server] = report.passed ? nlohmann::json(success(report)) : nlohmann::json::object();
}

void write_console(const WalRangeCheck& report, output::Writer& writer) {
  writer.line(fmt::format("Server {}:", report.server));
  if (!report.missing) return;
  if (report.missing->empty()) {
    writer.line(fmt::format("\tWAL sequence check for server {}: all segments are present", report.server));
    return;
  }
  writer.line(
      fmt::format("\tWAL sequence check for server {}: {} missing segment(s):", report.server, report.missing->size()));
  for (const std::string& name : *report.missing) writer.line("\t\t" + name);
}

void write_json(const WalRangeCheck& report, nlohmann::json& root) {
  nlohmann::json& object = root[report.server];
  object = {{"begin_wal", report.begin}, {"end_wal", report.end}};
  if (report.missing) object["missing_wals"] = *report.missing;
}

}  // namespace barman::report
