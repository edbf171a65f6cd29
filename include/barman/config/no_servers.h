#pragma once
#include <string>

#include "barman/config/configuration.h"

namespace barman::config {

// Which files were read, and what they lack, when no server is configured: for a warning. All files must have been
// read.
std::string explain_no_servers(const Configuration& configuration);

}  // namespace barman::config
