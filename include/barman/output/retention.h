#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/deletion.h"
#include "barman/report/retention.h"

namespace barman::report {

// retention: commands.md section 5, json.md 3.16.
void write_console(const RetentionReport& report, output::Writer& writer);
void write_json(const RetentionReport& report, nlohmann::json& root);

// delete --dry-run: the same.
void write_console(const DeletionPreview& report, output::Writer& writer);
void write_json(const DeletionPreview& report, nlohmann::json& root);

}  // namespace barman::report
