#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/explanation.h"

namespace barman::report {

void write_console(const Explanation& explanation, output::Writer& writer);
void write_json(const Explanation& explanation, nlohmann::json& root);

}  // namespace barman::report
