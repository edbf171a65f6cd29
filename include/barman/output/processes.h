#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/processes.h"

namespace barman::report {

void write_console(const ProcessList& report, output::Writer& writer);
void write_json(const ProcessList& report, nlohmann::json& root);

}  // namespace barman::report
