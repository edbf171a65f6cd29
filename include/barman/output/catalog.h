#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/catalog.h"

namespace barman::report {

// list-backups: commands.md 3.5, json.md 3.6.
void write_console(const BackupList& report, output::Writer& writer);
void write_json(const BackupList& report, nlohmann::json& root);

// show-backup: commands.md 3.5, json.md 3.7.
void write_console(const BackupDetails& report, output::Writer& writer);
void write_json(const BackupDetails& report, nlohmann::json& root);

// keep --status: json.md 3.4.
void write_console(const KeepStatus& report, output::Writer& writer);
void write_json(const KeepStatus& report, nlohmann::json& root);

}  // namespace barman::report
