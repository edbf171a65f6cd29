#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "barman/config/server_config.h"
#include "barman/report/servers.h"

namespace barman::output {

// As Python's str() shows it: None, True, ['a', 'b'], BackupOptions({'concurrent_backup'}), 1:00:00.
std::string python_text(const report::Fact& fact);

// show-servers: what JSON has no type for is its Python text. Passwords are hidden.
nlohmann::json plain_json(const report::Fact& fact);

// diagnose: times in ISO 8601 and the local zone, intervals in words, numbers as numbers, sets as comma lists.
nlohmann::json typed_json(const report::Fact& fact);

// Python's str(Decimal(text)): digits as they are, an exponent for very small numbers and for many zeros.
std::string python_decimal(const std::string& text);

// A value of the configuration as diagnose and sync-info show it.
nlohmann::json option_json(const config::OptionValue::Variant& value);

}  // namespace barman::output
