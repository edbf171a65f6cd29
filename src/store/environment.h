#pragma once
#include <functional>
#include <optional>
#include <string>

namespace barman::store {

// A variable that is set, and not to nothing. Tests have their own.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment process_environment();

}  // namespace barman::store
