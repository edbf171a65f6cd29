#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "barman/catalog/backup_info.h"
#include "barman/config/server_config.h"
#include "barman/report/servers.h"

namespace barman::output {

// JSON text as Python's json module writes it: keys in the order of the value's type (sorted for nlohmann::json),
// non-ASCII as \uXXXX, floats as repr. indent < 0: one line with ", " and ": "; otherwise that many blanks a level.
// Text that is not UTF-8 has its bad bytes replaced by U+FFFD.
std::string to_python_json(const nlohmann::json& value, int indent = -1);
std::string to_python_json(const nlohmann::ordered_json& value, int indent = -1);

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

// How times are written: as ctime does, or ISO 8601 with the offset of the local zone.
enum class TimeForm { ctime, iso };

// All metadata of a backup (json.md 3.8), as backup, diagnose and sync-info show it.
nlohmann::json metadata_json(const catalog::BackupInfo& info, TimeForm form);

// BackupInfo::snapshots_info as the object that it is; invalid text stays a string.
nlohmann::json snapshots_json(const std::string& literal);

}  // namespace barman::output
