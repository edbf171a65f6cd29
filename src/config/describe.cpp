#include <algorithm>

#include "barman/config/configuration.h"
#include "option.h"
#include "option_binding.h"

namespace barman::config {

std::string_view to_string(BackupMethod method) { return Words<BackupMethod>::list[static_cast<std::size_t>(method)]; }
std::string_view to_string(ReuseBackup reuse) { return Words<ReuseBackup>::list[static_cast<std::size_t>(reuse)]; }
std::string_view to_string(BackupLocation location) {
  return Words<BackupLocation>::list[static_cast<std::size_t>(location)];
}

std::string ServerConfig::source(std::string_view option) const {
  const auto found = std::ranges::find(sources, option, [](const auto& entry) { return entry.first; });
  return found == sources.end() ? "default" : *found->second;
}

std::map<std::string, OptionValue> describe(const ServerConfig& server) {
  std::map<std::string, OptionValue> result;
  for (const OptionRow& row : option_rows())
    if (!row.info.ours) result.emplace(row.info.name, OptionValue{row.show(row, server), server.source(row.info.name)});
  return result;
}

std::map<std::string, OptionValue> describe(const Model& model, const GlobalConfig& global) {
  std::map<std::string, OptionValue> result(model.values.begin(), model.values.end());
  for (const OptionInfo& option : server_options()) {
    if ((option.scope & scope_model) == 0) continue;
    const auto inherited = global.sources.find(std::string(option.name));
    result.try_emplace(std::string(option.name),
                       OptionValue{nullptr, inherited == global.sources.end() ? "default" : inherited->second});
  }
  return result;
}

}  // namespace barman::config
