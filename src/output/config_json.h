#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/config/server_config.h"

namespace barman::output {

// A value of the configuration as diagnose and sync-info show it.
nlohmann::json option_json(const config::OptionValue::Variant& value);

}  // namespace barman::output
