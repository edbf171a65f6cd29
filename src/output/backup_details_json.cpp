#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "backup_words.h"
#include "barman/core/text.h"
#include "barman/output/catalog.h"
#include "snapshots_json.h"

namespace barman::report {
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
  if (backup.by_pg_basebackup)
    catalogue["children_backup_ids"] = backup.children.empty() ? json() : json(backup.children);
  if (backup.chain) {
    catalogue["root_backup_id"] = backup.chain->root;
    catalogue["parent_backup_id"] = backup.chain->parent;
    catalogue["chain_size"] = backup.chain->size;
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

}  // namespace barman::report
