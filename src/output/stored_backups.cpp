// Backups in object stores, and a backup that was just taken.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/numbers.h"
#include "barman/output/backups.h"
#include "json.h"

namespace barman::report {

void write_json(const StoredBackup& report, nlohmann::json& root) {
  nlohmann::json object = output::metadata_json(report.info, output::TimeForm::ctime);
  if (report.info.begin_time) object["begin_time_iso"] = to_iso(*report.info.begin_time);
  if (report.info.end_time) object["end_time_iso"] = to_iso(*report.info.end_time);
  root[report.info.server_name] = std::move(object);
}

void write_console(const StoredBackups& report, output::Writer& writer) {
  const auto line = [&](std::string_view id, std::string_view end, std::string_view begin, std::string_view status,
                        std::string_view name) {
    writer.line(fmt::format("{:<20}{:<25}{:<30}{:<17}{:<20}", id, end, begin, status, name));
  };
  line("Backup ID", "End Time", "Begin Wal", "Archival Status", "Name");
  for (const StoredBackups::Entry& entry : report.entries) {
    const catalog::BackupInfo& info = *entry.info;
    const std::string end =
        info.end_time ? to_python_naive({info.end_time->seconds() * 1'000'000, info.end_time->offset}) : "";
    line(info.backup_id, end, info.begin_wal.value_or(""), entry.archival_status, info.backup_name.value_or(""));
  }
}

void write_json(const StoredBackups& report, nlohmann::json& root) {
  nlohmann::json& list = root["backups_list"] = nlohmann::json::array();
  for (const StoredBackups::Entry& entry : report.entries) {
    nlohmann::json one;
    write_json(StoredBackup{*entry.info}, one);
    list.push_back(std::move(one.front()));
  }
}

void write_console(const TakenBackup& report, output::Writer& writer) {
  const catalog::BackupInfo& info = report.info;
  if (!report.on_terminal || !info.copy_done()) return;
  std::string text = fmt::format("Backup {} of server {} is {}: {}", info.backup_id, info.server_name, info.status_text,
                                 human_size(info.size.value_or(0)));
  if (info.begin_time && info.end_time) text += " in " + human_interval(*info.end_time - *info.begin_time);
  writer.line(text);
}

void write_json(const TakenBackup& report, nlohmann::json& root) {
  root.update(output::metadata_json(report.info, output::TimeForm::ctime));
  // Here, and only here, it is a number with a fraction.
  if (report.info.cluster_size) root["cluster_size"] = static_cast<double>(*report.info.cluster_size);
}

}  // namespace barman::report
