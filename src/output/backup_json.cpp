#include "backup_json.h"

#include <nlohmann/json.hpp>

#include "barman/catalog/snapshots.h"
#include "barman/core/python_repr.h"

namespace barman::output {

namespace {

using nlohmann::json;

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json time_json(const std::optional<Timestamp>& time, TimeForm form) {
  if (!time) return nullptr;
  return form == TimeForm::ctime ? to_ctime(*time) : to_iso(in_local_zone(*time));
}

json tablespaces_json(const std::optional<std::vector<catalog::Tablespace>>& tablespaces) {
  if (!tablespaces) return nullptr;
  json list = json::array();
  for (const catalog::Tablespace& tablespace : *tablespaces)
    list.push_back(json::array({tablespace.name, tablespace.oid, tablespace.location}));
  return list;
}

json copy_stats_json(const std::optional<catalog::CopyStats>& stats) {
  if (!stats) return nullptr;
  json object = json::object();
  const auto add = [&](const char* name, const auto& value) {
    if (value) object[name] = *value;
  };
  const auto add_items = [&](const char* name, const std::optional<catalog::CopyStats::PerItem>& items) {
    if (!items) return;
    json& target = object[name] = json::object();
    for (const auto& [item, seconds] : *items) target[item] = seconds;
  };
  add("total_time", stats->total_time);
  add("copy_time", stats->copy_time);
  add("analysis_time", stats->analysis_time);
  add("serialized_copy_time", stats->serialized_copy_time);
  add("number_of_workers", stats->number_of_workers);
  add_items("analysis_time_per_item", stats->analysis_time_per_item);
  add_items("copy_time_per_item", stats->copy_time_per_item);
  add_items("serialized_copy_time_per_item", stats->serialized_copy_time_per_item);
  return object;
}

}  // namespace

json metadata_json(const catalog::BackupInfo& info, TimeForm form) {
  json object = {{"backup_id", info.backup_id},
                 {"server_name", info.server_name},
                 {"status", info.status_text},
                 {"backup_label", info.backup_label ? json(python_repr(*info.backup_label)) : json(nullptr)},
                 {"begin_offset", or_null(info.begin_offset)},
                 {"begin_time", time_json(info.begin_time, form)},
                 {"begin_wal", or_null(info.begin_wal)},
                 {"begin_xlog", or_null(info.begin_xlog)},
                 {"children_backup_ids", or_null(info.children_backup_ids)},
                 {"cluster_size", or_null(info.cluster_size)},
                 {"compression", or_null(info.compression)},
                 {"config_file", or_null(info.config_file)},
                 {"copy_stats", copy_stats_json(info.copy_stats)},
                 {"data_checksums", or_null(info.data_checksums)},
                 {"deduplicated_size", or_null(info.deduplicated_size)},
                 {"encryption", or_null(info.encryption)},
                 {"end_offset", or_null(info.end_offset)},
                 {"end_time", time_json(info.end_time, form)},
                 {"end_wal", or_null(info.end_wal)},
                 {"end_xlog", or_null(info.end_xlog)},
                 {"error", or_null(info.error)},
                 {"hba_file", or_null(info.hba_file)},
                 {"ident_file", or_null(info.ident_file)},
                 {"included_files", or_null(info.included_files)},
                 {"mode", or_null(info.mode)},
                 {"parent_backup_id", or_null(info.parent_backup_id)},
                 {"pgdata", or_null(info.pgdata)},
                 {"size", or_null(info.size)},
                 {"summarize_wal", or_null(info.summarize_wal)},
                 {"systemid", or_null(info.systemid)},
                 {"tablespaces", tablespaces_json(info.tablespaces)},
                 {"timeline", or_null(info.timeline)},
                 {"version", or_null(info.version)},
                 {"xlog_segment_size", info.xlog_segment_size}};
  if (info.backup_name) object["backup_name"] = *info.backup_name;
  if (info.snapshots_info) object["snapshots_info"] = snapshots_json(*info.snapshots_info);
  return object;
}

namespace {

using nlohmann::json;

json json_of(const catalog::SnapshotsInfo::Value& value) {
  return std::visit([](const auto& held) { return json(held); }, value);
}

json json_of(const catalog::SnapshotsInfo::Fields& fields) {
  json object = json::object();
  for (const auto& [name, value] : fields) object[name] = json_of(value);
  return object;
}

}  // namespace

json snapshots_json(const std::string& literal) {
  const auto info = catalog::read_snapshots(literal);
  if (!info) return literal;
  json list = json::array();
  for (const auto& snapshot : info->snapshots)
    list.push_back(
        {{"mount",
          {{"mount_options", json_of(snapshot.mount_options)}, {"mount_point", json_of(snapshot.mount_point)}}},
         {"provider", json_of(snapshot.provider)}});
  return {{"provider", info->provider}, {"provider_info", json_of(info->provider_info)}, {"snapshots", list}};
}

}  // namespace barman::output
