#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "barman/catalog/backup_info.h"

namespace barman::output {

// How times are written: as ctime does, or ISO 8601 with the offset of the local zone.
enum class TimeForm { ctime, iso };

// All metadata of a backup (json.md 3.8), as backup, diagnose and sync-info show it.
nlohmann::json metadata_json(const catalog::BackupInfo& info, TimeForm form);

// BackupInfo::snapshots_info as the object that it is; a text that is none stays one.
nlohmann::json snapshots_json(const std::string& literal);

}  // namespace barman::output
