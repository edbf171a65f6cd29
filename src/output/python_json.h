#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace barman::output {

// JSON text as Python's json module writes it: keys in the order of the value's type (sorted for nlohmann::json),
// non-ASCII as \uXXXX, floats as repr. indent < 0: one line with ", " and ": "; otherwise that many blanks a level.
// Text that is not UTF-8 has its bad bytes replaced by U+FFFD.
std::string to_python_json(const nlohmann::json& value, int indent = -1);
std::string to_python_json(const nlohmann::ordered_json& value, int indent = -1);

}  // namespace barman::output
