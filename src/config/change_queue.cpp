#include <nlohmann/json.hpp>

#include "barman/config/change.h"
#include "barman/core/error.h"
#include "barman/core/json_depth.h"

namespace barman::config {
namespace {

using nlohmann::ordered_json;

constexpr int indentation = 2;

[[noreturn]] void malformed() {
  throw Error(Errc::corrupt, "the queue of configuration changes is not what config-update writes");
}

std::string text_of(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) malformed();
  return found->get<std::string>();
}

SectionChange to_change(const ordered_json& item) {
  if (!item.is_object()) malformed();
  SectionChange change{text_of(item, "section"), {}};
  const auto set = item.find("changes_set");
  if (set == item.end() || !set->is_array()) malformed();
  for (const ordered_json& option : *set) {
    if (!option.is_object()) malformed();
    change.options.push_back({text_of(option, "key"), text_of(option, "value"), text_of(option, "config_file")});
  }
  return change;
}

}  // namespace

std::vector<SectionChange> parse_change_queue(std::string_view text) {
  if (json_depth(text) > deepest_json) malformed();
  const ordered_json list = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (list.is_object() && list.empty()) return {};  // what config-update takes for nothing, too
  if (!list.is_array()) malformed();
  std::vector<SectionChange> changes;
  for (const ordered_json& item : list) changes.push_back(to_change(item));
  return changes;
}

std::string serialize_change_queue(const std::vector<SectionChange>& changes) {
  ordered_json list = ordered_json::array();
  for (const SectionChange& change : changes) {
    ordered_json set = ordered_json::array();
    for (const OptionChange& option : change.options)
      set.push_back({{"key", option.key}, {"value", option.value}, {"config_file", option.file}});
    list.push_back({{"section", change.section}, {"changes_set", std::move(set)}});
  }
  try {
    return list.dump(indentation, ' ', /*ensure_ascii=*/true);
  } catch (const ordered_json::type_error&) {  // a path is whatever the file system holds
    throw Error(Errc::config, "the name of a configuration file is not UTF-8, and the queue of changes cannot hold it",
                "rename the file, or edit it by hand");
  }
}

}  // namespace barman::config
