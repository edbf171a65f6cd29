#include "environment.h"

#include <cstdlib>

namespace barman::store {

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

std::string ca_bundle_of(const Environment& environment) { return environment("REQUESTS_CA_BUNDLE").value_or(""); }

}  // namespace barman::store
