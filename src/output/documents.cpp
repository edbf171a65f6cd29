#include "barman/output/documents.h"

#include <nlohmann/json.hpp>
#include <span>

#include "barman/core/redact.h"
#include "barman/core/version.h"
#include "json.h"

namespace barman::output {

namespace {

using nlohmann::json;

constexpr int indentation = 4;

// A value, with where it comes from if that is asked for.
class Values {
 public:
  explicit Values(bool with_sources) : with_sources_(with_sources) {}
  void add(const std::string& name, json value, const std::string& source) {
    object_[name] = with_sources_ ? json{{"source", source}, {"value", std::move(value)}} : std::move(value);
  }
  json& take() { return object_; }

 private:
  bool with_sources_;
  json object_ = json::object();
};

json global_config_json(const Diagnosis& diagnosis) {
  const config::GlobalConfig& global = diagnosis.configuration.global();
  const auto source = [&](const std::string& name) {
    const auto found = global.sources.find(name);
    return found == global.sources.end() ? std::string("default") : found->second;
  };
  Values values(diagnosis.show_sources);
  for (const auto& [name, text] : global.options) values.add(name, redact_passwords(text), source(name));
  const auto derived = [&](const std::string& name, const json& value) { values.add(name, value, source(name)); };
  derived("barman_lock_directory", global.barman_lock_directory);
  derived("config_changes_queue", global.config_changes_queue);
  derived("lock_directory_cleanup", global.lock_directory_cleanup);
  values.take()["errors_list"] = diagnosis.configuration.conflicts();
  return std::move(values.take());
}

json system_json(const report::SystemInfo& system) {
  return {{"kernel_ver", system.kernel},
          {"release", system.release},
          {"rsync_ver", system.rsync},
          {"ssh_ver", system.ssh},
          {"python_executable", system.python_path},
          {"python_ver", system.python_version}};
}

json models_json(const Diagnosis& diagnosis) {
  json models = json::object();
  for (const auto& [name, model] : diagnosis.configuration.models()) {
    Values values(diagnosis.show_sources);
    for (const auto& [option, value] : describe(model, diagnosis.configuration.global()))
      values.add(option, option_json(value.value), value.source);
    models[name]["config"] = std::move(values.take());
  }
  return models;
}

json wals_json(const std::map<std::string, catalog::WalEntry>& last_wals) {
  json timelines = json::object();
  for (const auto& [timeline, wal] : last_wals) {
    timelines[timeline] = {{"name", wal.name}, {"size", wal.size}, {"time", wal.time}};
    timelines[timeline]["compression"] = wal.compression ? json(*wal.compression) : json(nullptr);
    timelines[timeline]["encryption"] = wal.encryption ? json(*wal.encryption) : json(nullptr);
  }
  return {{"last_archived_wal_per_timeline", std::move(timelines)}};
}

json server_json(const ServerDiagnosis& server, bool show_sources) {
  const config::ServerConfig& config = server.config;
  Values values(show_sources);
  for (const auto& [option, value] : describe(config)) values.add(option, option_json(value.value), value.source);
  values.add("name", config.name, config.source("name"));
  json object = {{"active_model", config.active_model ? json(*config.active_model) : json(nullptr)},
                 {"backups", json::object()},
                 {"config", std::move(values.take())},
                 {"msg_list", config.fault_texts()},
                 {"status", json::object()},
                 {"wals", wals_json(server.last_wals)}};
  for (const auto& [id, info] : server.backups) object["backups"][id] = metadata_json(info, TimeForm::iso);
  for (const auto& [name, fact] : server.status) object["status"][name] = typed_json(fact);
  if (server.system) object["system_info"] = system_json(*server.system);
  return object;
}

}  // namespace

std::string system_text(const report::SystemInfo& system, const Timestamp& time) {
  json document = system_json(system);
  document["barman_ver"] = compatible_version;
  document["timestamp"] = to_iso(in_local_zone(time));
  return to_python_json(document, indentation);
}

std::string diagnosis_text(const Diagnosis& diagnosis) {
  json system = system_json(diagnosis.system);
  system["barman_ver"] = compatible_version;
  system["barman_native_ver"] = native_version;
  system["timestamp"] = to_iso(in_local_zone(diagnosis.time));
  json document = {{"global", {{"config", global_config_json(diagnosis)}, {"system_info", std::move(system)}}},
                   {"models", models_json(diagnosis)},
                   {"servers", json::object()}};
  for (const ServerDiagnosis& server : diagnosis.servers)
    document["servers"][server.config.name] = server_json(server, diagnosis.show_sources);
  return to_python_json(document, indentation);
}

namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::optional<std::string>& text) {
  return text ? ordered_json(*text) : ordered_json(nullptr);
}

// In the order of backup.info, which the passive node copies.
ordered_json copy_stats_json(const nlohmann::json& stats) {
  if (!stats.is_object()) return stats;
  static constexpr const char* by_rsync[] = {"total_time",
                                             "number_of_workers",
                                             "analysis_time_per_item",
                                             "copy_time_per_item",
                                             "serialized_copy_time_per_item",
                                             "analysis_time",
                                             "copy_time",
                                             "serialized_copy_time"};
  static constexpr const char* by_pg_basebackup[] = {"copy_time", "total_time"};
  const bool rsync = stats.contains("number_of_workers");
  const auto keys = rsync ? std::span<const char* const>(by_rsync) : std::span<const char* const>(by_pg_basebackup);
  ordered_json object = ordered_json::object();
  for (const char* key : keys)
    if (const auto found = stats.find(key); found != stats.end()) object[key] = *found;
  return object;
}

ordered_json per_item_json(const catalog::CopyStats::PerItem& items) {
  ordered_json object = ordered_json::object();
  for (const auto& [item, seconds] : items) object[item] = seconds;
  return object;
}

// Fields in the order of backup.info, then what is not in that file.
ordered_json backup_json(const catalog::BackupInfo& info) {
  ordered_json object = ordered_json::object();
  const nlohmann::json metadata = metadata_json(info, TimeForm::ctime);
  for (const auto& [key, value] : metadata.items())
    if (key != "backup_id") object[key] = value;
  if (info.copy_stats) {
    ordered_json& stats = object["copy_stats"] = copy_stats_json(metadata["copy_stats"]);
    const auto order = [&](const char* key, const std::optional<catalog::CopyStats::PerItem>& items) {
      if (items) stats[key] = per_item_json(*items);
    };
    order("analysis_time_per_item", info.copy_stats->analysis_time_per_item);
    order("copy_time_per_item", info.copy_stats->copy_time_per_item);
    order("serialized_copy_time_per_item", info.copy_stats->serialized_copy_time_per_item);
  }
  object["backup_id"] = info.backup_id;
  if (info.begin_time) object["begin_time_iso"] = to_iso(*info.begin_time);
  if (info.end_time) object["end_time_iso"] = to_iso(*info.end_time);
  return object;
}

}  // namespace

std::string sync_info_text(const catalog::SyncInfo& info, const config::ServerConfig& config) {
  ordered_json document = {{"last_position", info.last_position}, {"last_name", info.last_name}};
  ordered_json& backups = document["backups"] = ordered_json::object();
  for (const auto& [id, backup] : info.backups) backups[id] = backup_json(backup);
  ordered_json& wals = document["wals"] = ordered_json::array();
  for (const catalog::WalEntry& wal : info.wals)
    wals.push_back({{"compression", text_or_null(wal.compression)},
                    {"encryption", text_or_null(wal.encryption)},
                    {"name", wal.name},
                    {"size", wal.size},
                    {"time", wal.time}});
  document["version"] = compatible_version;
  ordered_json& options = document["config"] = ordered_json::object();
  for (const auto& [option, value] : describe(config)) options[option] = option_json(value.value);
  options["name"] = config.name;
  return to_python_json(document, indentation);
}

}  // namespace barman::output
