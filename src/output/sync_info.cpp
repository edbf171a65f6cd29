#include "barman/output/sync_info.h"

#include <nlohmann/json.hpp>
#include <span>

#include "barman/core/version.h"
#include "barman/output/backup_metadata.h"
#include "barman/output/python_json.h"
#include "config_json.h"

namespace barman::output {
namespace {

using nlohmann::ordered_json;

constexpr int indentation = 4;

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
