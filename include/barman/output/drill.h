#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/drill.h"

namespace barman::report {

void write_console(const Drill& report, output::Writer& writer);
void write_json(const Drill& report, nlohmann::json& root);

void write_console(const DrillHistory& report, output::Writer& writer);
void write_json(const DrillHistory& report, nlohmann::json& root);

}  // namespace barman::report
