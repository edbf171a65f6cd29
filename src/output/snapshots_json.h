#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace barman::output {

// BackupInfo::snapshots_info as the object that it is; a text that is none stays one.
nlohmann::json snapshots_json(const std::string& literal);

}  // namespace barman::output
