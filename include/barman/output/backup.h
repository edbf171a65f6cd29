#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/catalog/backup_info.h"
#include "barman/output/writer.h"

namespace barman::catalog {

// A backup that was just taken. People have been told on the way; JSON gets its metadata at the top level
// (json.md 3.8).
void write_console(const BackupInfo& info, output::Writer& writer);
void write_json(const BackupInfo& info, nlohmann::json& root);

}  // namespace barman::catalog
