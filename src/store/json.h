#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace barman::store {

using Json = nlohmann::json;

// An object of JSON that another program wrote; std::nullopt for anything else, and for what nests too deeply.
std::optional<Json> parse_json_object(std::string_view text);
// To be sent. Error(usage) for a text in it that is not UTF-8.
std::string json_text(const Json& json);
// A member that is a text; empty without it.
std::string text_of(const Json& object, const char* name);
// A member that is a number, or a text of digits as many services write numbers.
std::optional<std::int64_t> number_of(const Json& object, const char* name);

}  // namespace barman::store
