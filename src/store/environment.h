#pragma once
#include <functional>
#include <optional>
#include <string>

namespace barman::store {

// A variable that is set, and not to nothing. Tests have their own.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment process_environment();

// The file of certificates that clients of stores in Python are given; empty: the system's.
std::string ca_bundle_of(const Environment& environment);

}  // namespace barman::store
