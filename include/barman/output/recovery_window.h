#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/recovery_window.h"

namespace barman::report {

void write_console(const RecoveryWindow& report, output::Writer& writer);
void write_json(const RecoveryWindow& report, nlohmann::json& root);

}  // namespace barman::report
