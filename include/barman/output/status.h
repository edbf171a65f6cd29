#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/status.h"

namespace barman::report {

void write_console(const StatusReport& report, output::Writer& writer);
void write_json(const StatusReport& report, nlohmann::json& root);

}  // namespace barman::report
