#include <nlohmann/json.hpp>

#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/hooks/hooks.h"

namespace barman::hooks {
namespace {

std::string id_of(const catalog::BackupInfo* info) { return info ? info->backup_id : std::string(); }

// A JSON object as Python prints it; nothing when it has no member.
std::string object_text(const std::vector<std::pair<std::string, nlohmann::json>>& members) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : members)
    texts.push_back(nlohmann::json(key).dump(-1, ' ', true) + ": " +
                    value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  return texts.empty() ? std::string() : "{" + join(texts, ", ") + "}";
}

bool counts(const RecoveryOption& option) {
  if (const auto* flag = std::get_if<bool>(&option)) return *flag;
  if (const auto* number = std::get_if<std::int64_t>(&option)) return *number != 0;
  return !std::get<std::string>(option).empty();
}

nlohmann::json to_json(const RecoveryOption& option) {
  return std::visit([](const auto& value) { return nlohmann::json(value); }, option);
}

}  // namespace

Variables backup_variables(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& info) {
  const std::string& id = info.backup_id;
  return {{"BARMAN_BACKUP_DIR", catalog.base_directory(id)},
          {"BARMAN_BACKUP_ID", id},
          {"BARMAN_BACKUP_INFO_PATH", catalog.readable_info_path(id)},
          {"BARMAN_PREVIOUS_ID", id_of(catalog.previous(info))},
          {"BARMAN_NEXT_ID", id_of(catalog.next(info))},
          {"BARMAN_STATUS",
           info.status == catalog::BackupStatus::unknown ? info.status_text : std::string(to_string(info.status))},
          {"BARMAN_ERROR", info.error.value_or("")}};
}

Variables wal_variables(const std::string& path, const catalog::WalEntry& entry, const std::string& error) {
  return {{"BARMAN_SEGMENT", entry.name},
          {"BARMAN_FILE", path},
          {"BARMAN_SIZE", std::to_string(entry.size)},
          {"BARMAN_TIMESTAMP", python_repr(entry.time)},
          {"BARMAN_COMPRESSION", entry.compression.value_or("")},
          {"BARMAN_ERROR", error}};
}

Variables recovery_variables(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& info,
                             const RecoveryFacts& facts) {
  Variables variables = backup_variables(catalog, info);
  for (auto& [name, value] : variables)
    if (name == "BARMAN_ERROR") value.clear();
  std::vector<std::pair<std::string, nlohmann::json>> tablespaces, options;
  for (const auto& [name, location] : facts.tablespaces) tablespaces.emplace_back(name, location);
  for (const auto& [name, option] : facts.options)
    if (counts(option)) options.emplace_back(name, to_json(option));
  variables.emplace_back("BARMAN_DESTINATION_DIRECTORY", facts.destination_directory);
  variables.emplace_back("BARMAN_TABLESPACES", object_text(tablespaces));
  variables.emplace_back("BARMAN_REMOTE_COMMAND", facts.remote_command.value_or(""));
  variables.emplace_back("BARMAN_RECOVER_OPTIONS", object_text(options));
  return variables;
}

}  // namespace barman::hooks
