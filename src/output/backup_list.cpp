#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/text.h"
#include "barman/output/catalog.h"

namespace barman::report {
namespace {

char letter_of(const BackupListEntry& entry) {
  return entry.type.empty() ? '?' : static_cast<char>(entry.type.front() - 'a' + 'A');
}

std::string line_of(const BackupList& list, const BackupListEntry& entry) {
  std::string line = fmt::format("{} {}", list.server, entry.id);
  if (entry.name) line += fmt::format(" '{}'", *entry.name);
  line += fmt::format(" - {} - ", letter_of(entry));
  if (!entry.copied) return line + entry.status;
  line += fmt::format("{} - Size: {} - WAL Size: {}", entry.end_time ? to_ctime(*entry.end_time) : "None",
                      human_size(entry.size), human_size(entry.wal_size));
  if (entry.status == "WAITING_FOR_WALS") line += " - WAITING_FOR_WALS";
  if (entry.retention != "-") line += " - " + entry.retention;
  return line;
}

nlohmann::json to_json(const BackupListEntry& entry) {
  nlohmann::json object{{"backup_id", entry.id}, {"backup_type", entry.type}, {"status", entry.status}};
  if (entry.name) object["backup_name"] = *entry.name;
  if (!entry.copied) return object;
  if (entry.end_time) {
    object["end_time"] = to_ctime(*entry.end_time);
    object["end_time_timestamp"] = fmt::format("{}", entry.end_time->seconds());
  } else {
    object["end_time"] = nullptr;
    object["end_time_timestamp"] = nullptr;
  }
  object["retention_status"] = entry.retention;
  object["size"] = human_size(entry.size);
  object["size_bytes"] = entry.size;
  object["wal_size"] = human_size(entry.wal_size);
  object["wal_size_bytes"] = entry.wal_size;
  return object;
}

}  // namespace

void write_console(const BackupList& report, output::Writer& writer) {
  for (const BackupListEntry& entry : report.entries) writer.line(report.minimal ? entry.id : line_of(report, entry));
}

void write_json(const BackupList& report, nlohmann::json& root) {
  nlohmann::json& list = root[report.server] = nlohmann::json::array();
  for (const BackupListEntry& entry : report.entries)
    list.push_back(report.minimal ? nlohmann::json(entry.id) : to_json(entry));
}

void write_console(const KeepStatus& report, output::Writer& writer) {
  writer.line(fmt::format("Server {}:", report.server));
  writer.line(fmt::format("\tKeep: {}", report.keep));
}

void write_json(const KeepStatus& report, nlohmann::json& root) {
  root[report.server]["keep_status"] = {{"description", "Keep"}, {"message", report.keep}};
}

}  // namespace barman::report
