#include "snapshots_json.h"

#include <nlohmann/json.hpp>

#include "barman/catalog/snapshots.h"

namespace barman::output {
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
