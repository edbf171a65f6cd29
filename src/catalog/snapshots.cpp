#include "barman/catalog/snapshots.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "literal.h"

namespace barman::catalog {
namespace {

using Value = SnapshotsInfo::Value;
using Fields = SnapshotsInfo::Fields;
using Names = std::vector<std::string_view>;

struct Provider {
  std::string_view name;
  Names info, snapshot;  // the latter sorted
};

const Provider* known_provider(std::string_view name) {
  static const std::array<Provider, 3> providers{{
      {"aws", {"account_id", "region"}, {"device_name", "snapshot_id", "snapshot_lock_mode", "snapshot_name"}},
      {"azure", {"subscription_id", "resource_group"}, {"location", "lun", "snapshot_name"}},
      {"gcp", {"project"}, {"device_name", "snapshot_name", "snapshot_project"}},
  }};
  const auto found = std::ranges::find(providers, name, &Provider::name);
  return found == providers.end() ? nullptr : &*found;
}

const Literal* find(const Literal* literal, std::string_view key) {
  const Literal::Dict* dict = literal == nullptr ? nullptr : literal->dict();
  if (dict == nullptr) return nullptr;
  for (const auto& [name, value] : *dict)
    if (name.text() != nullptr && *name.text() == key) return &value;
  return nullptr;
}

Value value_of(const Literal* literal) {
  if (literal == nullptr) return nullptr;
  return std::visit(
      [literal](const auto& value) -> Value {
        if constexpr (std::is_constructible_v<Value, decltype(value)>)
          return value;
        else
          return python_repr(*literal);
      },
      literal->value);
}

// Those of `names`, or all there are.
Fields fields_of(const Literal* literal, const Names* names) {
  Fields fields;
  if (names != nullptr) {
    for (const std::string_view name : *names) fields.emplace_back(name, value_of(find(literal, name)));
  } else if (literal != nullptr && literal->dict() != nullptr) {
    for (const auto& [name, value] : *literal->dict())
      fields.emplace_back(name.text() == nullptr ? python_repr(name) : *name.text(), value_of(&value));
  }
  return fields;
}

SnapshotsInfo::Snapshot snapshot_of(const Literal& literal, const Provider* provider) {
  SnapshotsInfo::Snapshot snapshot;
  snapshot.provider = fields_of(find(&literal, "provider"), provider == nullptr ? nullptr : &provider->snapshot);
  std::ranges::sort(snapshot.provider, {}, &std::pair<std::string, Value>::first);
  const Literal* mount = find(&literal, "mount");
  snapshot.mount_options = value_of(find(mount, "mount_options"));
  snapshot.mount_point = value_of(find(mount, "mount_point"));
  return snapshot;
}

}  // namespace

std::optional<SnapshotsInfo> read_snapshots(std::string_view literal) {
  try {
    const Literal whole = parse_literal(literal);
    const Literal* name = find(&whole, "provider");
    if (name == nullptr || name->text() == nullptr) return std::nullopt;
    SnapshotsInfo info;
    info.provider = *name->text();
    const Provider* provider = known_provider(info.provider);
    info.provider_info = fields_of(find(&whole, "provider_info"), provider == nullptr ? nullptr : &provider->info);
    const Literal* snapshots = find(&whole, "snapshots");
    if (snapshots != nullptr && snapshots->items() != nullptr)
      for (const Literal& each : *snapshots->items()) info.snapshots.push_back(snapshot_of(each, provider));
    return info;
  } catch (const Error& error) {
    if (error.code() == Errc::corrupt) return std::nullopt;
    throw;
  }
}

std::string python_text(const SnapshotsInfo::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "True" : "False";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* number = std::get_if<double>(&value)) return barman::python_repr(*number);
  return "None";
}

}  // namespace barman::catalog
