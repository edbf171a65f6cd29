#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/restore_plan.h"

namespace barman::report {

// restore --dry-run.
void write_console(const RestorePlan& report, output::Writer& writer);
void write_json(const RestorePlan& report, nlohmann::json& root);

}  // namespace barman::report
