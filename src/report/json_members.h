#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "barman/core/json_depth.h"
#include "barman/core/time.h"

// How results that are kept as JSON are written, and read again whatever has become of them.
namespace barman::report {

using nlohmann::json;

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

inline std::string on_one_line(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

// An empty value, which has no members, for what is no object, or nests more deeply than anything that is meant.
inline json parse_line(std::string_view text) {
  if (json_depth(text) > deepest_json) return {};
  json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return object.is_object() ? object : json();
}

// Members that are missing, null or of another type leave the value as it is.
template <typename T>
void take(const json& object, const char* key, T& value) {
  const auto found = object.find(key);
  if (found == object.end()) return;
  if constexpr (std::is_same_v<T, std::string>) {
    if (found->is_string()) value = found->get<std::string>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (found->is_boolean()) value = found->get<bool>();
  } else if constexpr (std::is_same_v<T, Timestamp>) {
    if (found->is_string()) value = parse_timestamp(found->get<std::string>()).value_or(value);
  } else if constexpr (std::is_integral_v<T>) {
    if (found->is_number_integer()) value = found->get<T>();
  } else {
    if (found->is_number()) value = found->get<T>();
  }
}
template <typename T>
void take(const json& object, const char* key, std::optional<T>& value) {
  const auto found = object.find(key);
  if (found != object.end() && !found->is_null()) take(object, key, value.emplace());
}

// An object; an empty one where there is none.
inline const json& member(const json& object, const char* key) {
  static const json nothing = json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : nothing;
}

}  // namespace barman::report
