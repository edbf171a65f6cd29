#pragma once
#include <string>

#include "barman/core/text.h"
#include "barman/usage/options.h"

namespace barman::usage {

// As usage errors name an option or argument: "--jobs/-j".
inline std::string display_name(const OptionSpec& spec) { return join(spec.names, "/"); }

}  // namespace barman::usage
