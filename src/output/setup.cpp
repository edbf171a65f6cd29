#include "barman/output/setup.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/text.h"

namespace barman::report {
namespace {

using Outcome = Setup::Outcome;

const char* word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::not_written:
      return "not_written";
    case Outcome::dry_run:
      return "dry_run";
    case Outcome::unchanged:
      return "unchanged";
    case Outcome::written:
      return "written";
  }
  return "not_written";
}

void write_finding(const Setup::Finding& finding, output::Writer& writer) {
  const auto lines = split_lines(finding.detail);
  std::string text = fmt::format("\t{}: {}", finding.name, finding.ok ? writer.good("OK") : writer.bad("FAILED"));
  if (!lines.empty()) text += fmt::format(" ({})", lines.front());
  writer.line(text);
  for (std::size_t i = 1; i < lines.size(); ++i) writer.line(fmt::format("\t\t{}", trim(lines[i])));
}

void write_block(const std::string& text, output::Writer& writer) {
  for (const std::string& line : split_lines(text)) writer.line(line.empty() ? "" : "    " + line);
}

void write_file(const Setup& report, output::Writer& writer) {
  switch (report.outcome) {
    case Outcome::written:
      return writer.line(fmt::format("The configuration was written to {}", report.file));
    case Outcome::unchanged:
      return writer.line(fmt::format("The configuration is in {} already", report.file));
    case Outcome::dry_run:
      writer.line(fmt::format("{} would be written (--dry-run):", report.file));
      return write_block(report.content, writer);
    case Outcome::not_written:
      break;
  }
  if (!report.problem) return writer.line("Nothing was written: once PostgreSQL answers, call this again");
  writer.line(fmt::format("The configuration was not written: {}", *report.problem));
  writer.line(fmt::format("Let the user that barman runs as write there and call this again, or put this into {}:",
                          report.file));
  write_block(report.content, writer);
}

}  // namespace

void write_console(const Setup& report, output::Writer& writer) {
  writer.line(fmt::format("Server {}:", report.server));
  for (const Setup::Finding& finding : report.findings) write_finding(finding, writer);
  for (const Setup::Remedy& remedy : report.remedies) {
    writer.line("");
    writer.line(remedy.where);
    for (const std::string& line : remedy.lines) writer.line("    " + line);
  }
  writer.line("");
  write_file(report, writer);
  if (report.next_steps.empty()) return;
  writer.line("");
  writer.line("What to do next:");
  int number = 0;
  for (const NextStep& step : report.next_steps) {
    writer.line(fmt::format("{:>4}. {}", ++number, step.text));
    if (step.command) writer.line(fmt::format("        {}", *step.command));
  }
}

void write_json(const Setup& report, nlohmann::json& root) {
  nlohmann::json& server = root[report.server];
  server["ready"] = report.ready();
  nlohmann::json& findings = server["findings"] = nlohmann::json::array();
  for (const Setup::Finding& finding : report.findings)
    findings.push_back({{"name", finding.name}, {"ok", finding.ok}, {"detail", finding.detail}});
  nlohmann::json& remedies = server["remedies"] = nlohmann::json::array();
  for (const Setup::Remedy& remedy : report.remedies)
    remedies.push_back({{"where", remedy.where}, {"lines", remedy.lines}});
  server["file"] = report.file;
  server["content"] = report.content;
  server["outcome"] = word_of(report.outcome);
  server["problem"] = report.problem ? nlohmann::json(*report.problem) : nlohmann::json();
  nlohmann::json& steps = server["next_steps"] = nlohmann::json::array();
  for (const NextStep& step : report.next_steps)
    steps.push_back(
        {{"text", step.text}, {"command", step.command ? nlohmann::json(*step.command) : nlohmann::json()}});
}

}  // namespace barman::report
