#include "barman/output/restore.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace barman::report {

namespace {

using output::Writer;

void list_settings(const std::vector<ReportedSetting>& settings, std::string_view title, std::string_view text,
                   Writer& writer) {
  if (settings.empty()) return;
  for (const std::string_view line : {std::string_view(), title, text, std::string_view()}) writer.line(line);
  for (const ReportedSetting& setting : settings)
    writer.line(
        fmt::format("{} line {}: {} = {}", setting.file, setting.line, setting.key, setting.value.value_or("None")));
}

nlohmann::json to_json(const std::vector<ReportedSetting>& settings) {
  nlohmann::json rows = nlohmann::json::array();
  for (const ReportedSetting& setting : settings)
    rows.push_back({setting.file, setting.line, setting.key,
                    setting.value ? nlohmann::json(*setting.value) : nlohmann::json(nullptr)});
  return rows;
}

}  // namespace

void write_console(const RestoreReport& report, Writer& writer) {
  list_settings(report.changes, "IMPORTANT", "These settings have been modified to prevent data losses", writer);
  list_settings(report.warnings, "WARNING", "You are required to review the following options as potentially dangerous",
                writer);
  if (!report.missing_files.empty()) {
    writer.line("");
    writer.line("WARNING");
    writer.line(
        "The following configuration files have not been saved during backup, hence they have not been restored.");
    writer.line("You need to manually restore them in order to start the restored PostgreSQL instance:");
    writer.line("");
    for (const std::string& file : report.missing_files) writer.line(fmt::format("    {}", file));
  }
  if (report.get_wal) {
    writer.line("");
    writer.line("WARNING: 'get-wal' is in the specified 'recovery_options'.");
    writer.line(
        fmt::format("Before you start up the PostgreSQL server, please review the {} file", report.recovery_file));
    writer.line(
        "inside the target directory. Make sure that 'restore_command' can be executed by the PostgreSQL user.");
  }
  writer.line("");
  writer.line(fmt::format("Restore operation completed (start time: {}, elapsed time: {})", to_python(report.start),
                          human_interval(report.elapsed)));
  writer.line("Your PostgreSQL server has been successfully prepared for recovery!");
}

void write_json(const RestoreReport& report, nlohmann::json& root) {
  nlohmann::json& warnings = root["_WARNING"];
  const auto warn = [&](bool applies, const char* text) {
    if (applies) warnings.push_back(text);
  };
  warn(!report.changes.empty(),
       "IMPORTANT! Some settings have been modified to prevent data losses. See 'changes' key.");
  warn(!report.warnings.empty(),
       "WARNING! You are required to review the options as potentially dangerous. See 'warnings' key.");
  warn(!report.missing_files.empty(),
       "WARNING! Some configuration files have not been saved during backup, hence they have not been restored. See "
       "'missing_files' key.");
  warn(
      report.get_wal,
      "WARNING: 'get-wal' is in the specified 'recovery_options'. Before you start up the PostgreSQL server, please "
      "review the recovery configuration inside the target directory. Make sure that 'restore_command' can be executed "
      "by the PostgreSQL user.");
  if (warnings.is_null()) root.erase("_WARNING");

  root["changes"] = to_json(report.changes);
  root["changes_count"] = report.changes.size();
  root["warnings"] = to_json(report.warnings);
  root["warnings_count"] = report.warnings.size();
  root["missing_files"] = report.missing_files;
  root["recovery_start_time"] = to_python(report.start);
  root["recovery_start_time_timestamp"] = std::to_string(report.start.seconds());
  root["recovery_elapsed_time"] = human_interval(report.elapsed);
  root["recovery_elapsed_time_seconds"] = static_cast<double>(report.elapsed.count()) / 1e6;
}

}  // namespace barman::report
