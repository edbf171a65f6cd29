#include "barman/output/retention.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/count_of.h"
#include "barman/core/numbers.h"

namespace barman::report {
namespace {

nlohmann::json or_null(const std::optional<std::string>& text) { return text ? nlohmann::json(*text) : nullptr; }

const char* decision_of(const RetentionReport::Backup& backup) { return backup.goes ? "delete" : "keep"; }

void write_reason(const RetentionReport::Reason& reason, output::Writer& writer) {
  writer.line(fmt::format("\t\t{}: {}", reason.rule, reason.detail));
}

}  // namespace

void write_console(const RetentionReport& report, output::Writer& writer) {
  writer.line(fmt::format("Server {}:", report.server));
  writer.line(fmt::format("\tRetention policy: {}{}", report.policy.value_or("not enforced"),
                          report.what_if ? " (as asked for)" : ""));
  if (report.calendar) writer.line(fmt::format("\tRetention calendar: {}", *report.calendar));
  if (report.not_enforced) writer.line(fmt::format("\tNothing is removed: {}", *report.not_enforced));
  for (const RetentionReport::Backup& backup : report.backups) {
    std::string line = fmt::format("\t{}", backup.id);
    if (backup.name) line += fmt::format(" '{}'", *backup.name);
    line += fmt::format(" - {} - {} - {}", backup.status, backup.retention, decision_of(backup));
    if (!report.explain && !backup.reasons.empty())
      line += fmt::format(" ({}: {})", backup.reasons.front().rule, backup.reasons.front().detail);
    writer.line(line);
    if (report.explain)
      for (const RetentionReport::Reason& reason : backup.reasons) write_reason(reason, writer);
  }
}

void write_json(const RetentionReport& report, nlohmann::json& root) {
  nlohmann::json& server = root[report.server];
  server["policy"] = or_null(report.policy);
  server["calendar"] = or_null(report.calendar);
  server["not_enforced"] = or_null(report.not_enforced);
  nlohmann::json& backups = server["backups"] = nlohmann::json::array();
  for (const RetentionReport::Backup& backup : report.backups) {
    nlohmann::json reasons = nlohmann::json::array();
    for (const RetentionReport::Reason& reason : backup.reasons)
      reasons.push_back({{"rule", reason.rule}, {"detail", reason.detail}});
    nlohmann::json entry{{"backup_id", backup.id},
                         {"status", backup.status},
                         {"retention_status", backup.retention},
                         {"decision", decision_of(backup)},
                         {"reasons", std::move(reasons)}};
    if (backup.name) entry["backup_name"] = *backup.name;
    backups.push_back(std::move(entry));
  }
}

void write_console(const DeletionPreview& report, output::Writer& writer) {
  for (const std::string& warning : report.warnings) writer.warning(warning);
  if (report.refusal) {
    writer.warning(*report.refusal);
    writer.line(fmt::format("Nothing would be deleted of backup {} of server {}.", report.backup_id, report.server));
    return;
  }
  writer.line(fmt::format("Backups of server {} that would be deleted:", report.server));
  for (const DeletionPreview::Backup& backup : report.backups)
    writer.line(fmt::format("\t{} - {} - Size: {}", backup.id, backup.status, human_size(backup.size)));
  const DeletionPreview::Wal& wal = report.wal;
  if (wal.files == 0)
    writer.line("WAL that would be deleted: none");
  else
    writer.line(fmt::format("WAL that would be deleted: {} ({}), from {} to {}", count_of(wal.files, "file"),
                            human_size(wal.size), *wal.first, *wal.last));
  writer.line("Nothing has been deleted (--dry-run).");
}

void write_json(const DeletionPreview& report, nlohmann::json& root) {
  nlohmann::json& plan = root["delete_plan"];
  plan["server"] = report.server;
  plan["backup_id"] = report.backup_id;
  plan["possible"] = !report.refusal.has_value();
  plan["reason"] = or_null(report.refusal);
  nlohmann::json& backups = plan["backups"] = nlohmann::json::array();
  if (!report.refusal)
    for (const DeletionPreview::Backup& backup : report.backups)
      backups.push_back({{"backup_id", backup.id}, {"status", backup.status}, {"size_bytes", backup.size}});
  const DeletionPreview::Wal wal = report.refusal ? DeletionPreview::Wal{} : report.wal;
  plan["wal"] = {{"files", wal.files}, {"bytes", wal.size}, {"first", or_null(wal.first)}, {"last", or_null(wal.last)}};
  plan["warnings"] = report.warnings;
}

}  // namespace barman::report
