#include "barman/output/backups.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string>

#include "barman/catalog/snapshots.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "json.h"

namespace barman::report {

// What both forms of show-backup say in the same words.

inline constexpr const char* not_enforced = "not enforced";
inline constexpr const char* is_oldest = "- (this is the oldest base backup)";
inline constexpr const char* is_latest = "- (this is the latest base backup)";

inline std::string percent(double ratio) { return fmt::format("{:.2f}%", ratio * 100); }
inline std::string hourly(double per_second) { return fmt::format("{:.2f}/hour", per_second * 3600); }
inline std::string duration_text(double seconds) {
  return human_interval(Micros(static_cast<std::int64_t>(seconds * 1e6)));
}
inline bool has_rate(const CopiedBackup& backup) { return backup.wals_per_second && *backup.wals_per_second > 0; }
// A copy that took a second or longer to start says so.
inline bool starts_slowly(const CopiedBackup::Copy& copy) {
  return copy.analysis_seconds && *copy.analysis_seconds >= 1;
}

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
  if (entry.torn) line += " - TORN";
  if (entry.in_cloud_copy) line += *entry.in_cloud_copy ? " - COPIED" : " - NOT COPIED";
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
  if (entry.torn) object["torn"] = true;
  if (entry.in_cloud_copy) object["cloud_copy"] = *entry.in_cloud_copy;
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

namespace {

// Rows of show-backup: the name padded, a colon, the value.
class Rows {
 public:
  explicit Rows(output::Writer& writer) : writer_(writer) {}
  void top(std::string_view name, const std::string& value) { writer_.line(fmt::format("  {:<23}: {}", name, value)); }
  void section(std::string_view title) { writer_.line(fmt::format("  {}:", title)); }
  void row(std::string_view name, const std::string& value) {
    writer_.line(fmt::format("    {:<21}: {}", name, value));
  }
  void blank() { writer_.line(""); }

 private:
  output::Writer& writer_;
};

std::string text_of(const std::optional<std::string>& text) { return text.value_or("None"); }
std::string text_of(const std::optional<std::int64_t>& number) { return number ? fmt::format("{}", *number) : "None"; }
std::string text_of(const std::optional<Timestamp>& time) { return time ? to_python(*time) : "None"; }

void write_server(const BackupDetails& report, Rows& rows) {
  if (!report.data_checksums && !report.summarize_wal) return;
  rows.section("Server information");
  if (report.data_checksums) rows.row("Checksums", *report.data_checksums);
  if (report.summarize_wal) rows.row("WAL summarizer", *report.summarize_wal);
  rows.blank();
}

void write_snapshots(const std::string& literal, Rows& rows) {
  const auto info = catalog::read_snapshots(literal);
  if (!info) return;
  const auto row = [&rows](const std::string& name, const catalog::SnapshotsInfo::Value& value) {
    rows.row(name, catalog::python_text(value));
  };
  rows.section("Snapshot information");
  rows.row("provider", info->provider);
  for (const auto& [name, value] : info->provider_info) row(name, value);
  rows.blank();
  for (const auto& snapshot : info->snapshots) {
    for (const auto& [name, value] : snapshot.provider) row(name, value);
    row("Mount point", snapshot.mount_point);
    row("Mount options", snapshot.mount_options);
    rows.blank();
  }
}

void write_copy(const CopiedBackup::Copy& copy, Rows& rows) {
  std::string duration = duration_text(copy.seconds);
  if (starts_slowly(copy)) duration += fmt::format(" + {} startup", duration_text(*copy.analysis_seconds));
  rows.row("Copy time", duration);
  if (!copy.bytes_per_second) return;
  std::string rate = human_size(*copy.bytes_per_second) + "/s";
  if (copy.workers > 1) rate += fmt::format(" ({} jobs)", copy.workers);
  rows.row("Estimated throughput", rate);
}

void write_base(const CopiedBackup& backup, bool entry_alone, Rows& rows) {
  rows.section("Base backup information");
  if (backup.method || !entry_alone) rows.row("Backup Method", text_of(backup.method));
  if (backup.encryption) rows.row("Encryption", *backup.encryption);
  if (backup.by_pg_basebackup && !entry_alone) rows.row("Backup Type", backup.type);
  std::string size = human_size(backup.size);
  if (backup.wal_size > 0) size += fmt::format(" ({} with WALs)", human_size(backup.size + backup.wal_size));
  if (backup.size > 0 || !entry_alone) rows.row("Backup Size", size);
  if (backup.compression && *backup.compression != "none") rows.row("Backup Compression", *backup.compression);
  if (backup.wal_size > 0) rows.row("WAL Size", human_size(backup.wal_size));
  if (backup.saved)
    rows.row("Resources saved", fmt::format("{} ({})", human_size(backup.saved->bytes), percent(backup.saved->ratio)));
  rows.row("Timeline", text_of(backup.timeline));
  rows.row("Begin WAL", text_of(backup.begin_wal));
  rows.row("End WAL", text_of(backup.end_wal));
  if (backup.wal_count > 0) rows.row("Number of WALs", fmt::format("{}", backup.wal_count));
  if (backup.wal_compression > 0) rows.row("WAL compression ratio", percent(backup.wal_compression));
  rows.row("Begin time", text_of(backup.begin_time));
  rows.row("End time", text_of(backup.end_time));
  if (backup.copy) write_copy(*backup.copy, rows);
  rows.row("Begin Offset", text_of(backup.begin_offset));
  rows.row("End Offset", text_of(backup.end_offset));
  rows.row("Begin LSN", text_of(backup.begin_lsn));
  rows.row("End LSN", text_of(backup.end_lsn));
  rows.blank();
}

void write_wal(const CopiedBackup& backup, Rows& rows) {
  rows.section("WAL information");
  rows.row("Number of files", fmt::format("{}", backup.later_wal_count));
  rows.row("Disk usage", human_size(backup.later_wal_size));
  if (has_rate(backup)) rows.row("WAL rate", hourly(*backup.wals_per_second));
  if (backup.later_wal_compression > 0) rows.row("Compression ratio", percent(backup.later_wal_compression));
  rows.row("Last available", text_of(backup.last_wal));
  if (!backup.timelines.empty()) {
    std::string list;
    for (const std::uint32_t timeline : backup.timelines)
      list += fmt::format("{}{}", list.empty() ? "" : ", ", timeline);
    rows.row("Reachable timelines", list);
  }
  rows.blank();
}

std::string cloud_copy_text(const CopiedBackup::CloudCopyState& copy) {
  return copy.holds_it ? copy.url : fmt::format("not in {}", copy.url);
}

void write_catalogue(const CopiedBackup& backup, Rows& rows, output::Writer& writer) {
  rows.section("Catalog information");
  rows.row("Retention Policy", backup.retention.value_or(not_enforced));
  rows.row("Previous Backup", backup.previous.value_or(is_oldest));
  rows.row("Next Backup", backup.next.value_or(is_latest));
  if (!backup.timelines.empty()) {
    rows.blank();
    writer.line("WARNING: WAL information is inaccurate due to multiple timelines interacting with this backup");
  }
  if (backup.chain) {
    rows.row("Root Backup", backup.chain->root);
    rows.row("Parent Backup", backup.chain->parent);
    rows.row("Backup chain size", fmt::format("{}", backup.chain->size));
    if (backup.chain->problem) rows.row("Not restorable", *backup.chain->problem);
  }
  if (backup.cloud_copy) rows.row("Cloud copy", cloud_copy_text(*backup.cloud_copy));
  if (backup.by_pg_basebackup && !backup.children.empty()) rows.row("Children Backup(s)", join(backup.children, ","));
}

}  // namespace

void write_console(const BackupDetails& report, output::Writer& writer) {
  Rows rows(writer);
  writer.line(fmt::format("Backup {}:", report.id));
  if (report.name) rows.top("Backup Name", *report.name);
  rows.top("Server Name", report.server);
  if (report.system_id) rows.top("System Id", *report.system_id);
  rows.top("Status", report.status);
  if (!report.copied) {
    rows.blank();
    write_server(report, rows);
    if (report.error) rows.top("Error", *report.error);
    return;
  }
  const CopiedBackup& backup = *report.copied;
  rows.top("PostgreSQL Version", text_of(backup.version));
  rows.top("PGDATA directory", text_of(backup.pgdata));
  if (backup.cluster_size) rows.top("Estimated Cluster Size", human_size(*backup.cluster_size));
  rows.blank();
  write_server(report, rows);
  if (backup.snapshots) write_snapshots(*backup.snapshots, rows);
  if (!backup.tablespaces.empty()) {
    rows.section("Tablespaces");
    for (const TablespaceLine& space : backup.tablespaces)
      rows.row(space.name, fmt::format("{} (oid: {})", space.location, space.oid));
    rows.blank();
  }
  write_base(backup, report.entry_alone, rows);
  if (report.entry_alone) return;
  write_wal(backup, rows);
  write_catalogue(backup, rows, writer);
}

namespace {

using nlohmann::json;

template <typename Value>
json or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json();
}

void add_size(json& object, const std::string& key, std::int64_t bytes) {
  object[key] = human_size(bytes);
  object[key + "_bytes"] = bytes;
}

void add_time(json& object, const std::string& key, const std::optional<Timestamp>& time) {
  object[key] = time ? json(to_python(*time)) : json();
  object[key + "_timestamp"] = time ? json(fmt::format("{}", time->seconds())) : json();
}

json base_of(const CopiedBackup& backup) {
  json base{{"backup_method", or_null(backup.method)},
            {"encryption", or_null(backup.encryption)},
            {"compression", or_null(backup.compression)},
            {"timeline", or_null(backup.timeline)},
            {"begin_wal", or_null(backup.begin_wal)},
            {"end_wal", or_null(backup.end_wal)},
            {"begin_offset", or_null(backup.begin_offset)},
            {"end_offset", or_null(backup.end_offset)},
            {"begin_lsn", or_null(backup.begin_lsn)},
            {"end_lsn", or_null(backup.end_lsn)},
            {"wal_num", backup.wal_count}};
  add_size(base, "backup_size", backup.size);
  add_size(base, "backup_size_with_wals", backup.size + backup.wal_size);
  add_size(base, "wal_size", backup.wal_size);
  add_time(base, "begin_time", backup.begin_time);
  add_time(base, "end_time", backup.end_time);
  if (backup.saved) {
    add_size(base, "resources_saved", backup.saved->bytes);
    base["resources_saved_percentage"] = percent(backup.saved->ratio);
  }
  if (backup.wal_compression > 0) base["wal_compression_ratio"] = percent(backup.wal_compression);
  if (!backup.copy) return base;
  base["copy_time"] = duration_text(backup.copy->seconds);
  base["copy_time_seconds"] = backup.copy->seconds;
  if (starts_slowly(*backup.copy)) {
    base["analysis_time"] = duration_text(*backup.copy->analysis_seconds);
    base["analysis_time_seconds"] = *backup.copy->analysis_seconds;
  }
  if (backup.copy->bytes_per_second) {
    base["throughput"] = human_size(*backup.copy->bytes_per_second) + "/s";
    base["throughput_bytes"] = static_cast<std::int64_t>(*backup.copy->bytes_per_second);
  }
  base["number_of_workers"] = backup.copy->workers;
  return base;
}

json wal_of(const CopiedBackup& backup) {
  json wal{{"no_of_files", backup.later_wal_count}, {"last_available", or_null(backup.last_wal)}};
  add_size(wal, "disk_usage", backup.later_wal_size);
  wal["wal_rate"] = has_rate(backup) ? json(hourly(*backup.wals_per_second)) : json(0);
  wal["wal_rate_per_second"] = has_rate(backup) ? json(*backup.wals_per_second) : json(0);
  wal["compression_ratio"] = backup.later_wal_compression > 0 ? json(percent(backup.later_wal_compression)) : json(0);
  json& timelines = wal["timelines"] = json::array();
  for (const std::uint32_t timeline : backup.timelines) timelines.push_back(fmt::format("{}", timeline));
  if (!backup.timelines.empty())
    wal["_WARNING"] = "WAL information is inaccurate due to multiple timelines interacting with this backup";
  return wal;
}

json catalogue_of(const CopiedBackup& backup) {
  json catalogue{{"retention_policy", backup.retention.value_or(not_enforced)},
                 {"previous_backup", backup.previous.value_or(is_oldest)},
                 {"next_backup", backup.next.value_or(is_latest)}};
  if (backup.cloud_copy)
    catalogue["cloud_copy"] = {{"url", backup.cloud_copy->url}, {"copied", backup.cloud_copy->holds_it}};
  if (backup.by_pg_basebackup)
    catalogue["children_backup_ids"] = backup.children.empty() ? json() : json(backup.children);
  if (backup.chain) {
    catalogue["root_backup_id"] = backup.chain->root;
    catalogue["parent_backup_id"] = backup.chain->parent;
    catalogue["chain_size"] = backup.chain->size;
    if (backup.chain->problem) catalogue["not_restorable"] = *backup.chain->problem;
  }
  return catalogue;
}

void add_copied(const CopiedBackup& backup, json& object) {
  object["backup_type"] = backup.type;
  if (backup.cluster_size) add_size(object, "cluster_size", *backup.cluster_size);
  object["postgresql_version"] = or_null(backup.version);
  object["pgdata_directory"] = or_null(backup.pgdata);
  json& tablespaces = object["tablespaces"] = json::array();
  for (const TablespaceLine& space : backup.tablespaces)
    tablespaces.push_back({{"location", space.location}, {"name", space.name}, {"oid", space.oid}});
  object["base_backup_information"] = base_of(backup);
  object["wal_information"] = wal_of(backup);
  object["catalog_information"] = catalogue_of(backup);
  if (backup.snapshots) object["snapshots_info"] = output::snapshots_json(*backup.snapshots);
}

}  // namespace

void write_json(const BackupDetails& report, json& root) {
  json& object = root[report.server];
  object["backup_id"] = report.id;
  object["status"] = report.status;
  if (report.name) object["backup_name"] = *report.name;
  if (report.system_id) object["system_id"] = *report.system_id;
  object["server_information"] = {{"data_checksums", or_null(report.data_checksums)},
                                  {"summarize_wal", or_null(report.summarize_wal)}};
  if (report.copied)
    add_copied(*report.copied, object);
  else if (report.error)
    object["error"] = *report.error;
}

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

namespace {

void write_steps(const std::vector<NextStep>& steps, Writer& writer) {
  if (steps.empty()) return;
  writer.line("");
  writer.line("What to do next:");
  int number = 0;
  for (const NextStep& step : steps) {
    writer.line(fmt::format("{:>4}. {}", ++number, step.text));
    if (step.command) writer.line(fmt::format("        {}", *step.command));
  }
}

nlohmann::json to_json(const std::vector<NextStep>& steps) {
  nlohmann::json list = nlohmann::json::array();
  for (const NextStep& step : steps)
    list.push_back({{"text", step.text}, {"command", step.command ? nlohmann::json(*step.command) : nlohmann::json()}});
  return list;
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
  if (!report.kept_files.empty()) {
    writer.line("");
    writer.line("These configuration files from outside PGDATA are below barman_configuration/ of the destination:");
    writer.line("");
    for (const std::string& file : report.kept_files) writer.line(fmt::format("    {}", file));
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
  write_steps(report.next_steps, writer);
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
  if (!report.kept_files.empty()) root["kept_files"] = report.kept_files;
  root["recovery_start_time"] = to_python(report.start);
  root["recovery_start_time_timestamp"] = std::to_string(report.start.seconds());
  root["recovery_elapsed_time"] = human_interval(report.elapsed);
  root["recovery_elapsed_time_seconds"] = static_cast<double>(report.elapsed.count()) / 1e6;
  root["next_steps"] = to_json(report.next_steps);
}

}  // namespace barman::report
