#include "json.h"

#include "barman/core/error.h"
#include "barman/core/json_depth.h"
#include "barman/core/numbers.h"

namespace barman::store {

std::optional<Json> parse_json_object(std::string_view text) {
  if (json_depth(text) > deepest_json) return std::nullopt;
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::string json_text(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::type_error&) {
    throw Error(Errc::usage, "a name or a tag for the object store is not UTF-8", "rename it");
  }
}

std::string text_of(const Json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

std::optional<std::int64_t> number_of(const Json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end()) return std::nullopt;
  if (member->is_number_integer()) return member->get<std::int64_t>();
  if (member->is_string()) return parse_decimal(member->get_ref<const std::string&>());
  return std::nullopt;
}

}  // namespace barman::store
