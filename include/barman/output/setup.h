#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/setup.h"

namespace barman::report {

void write_console(const Setup& report, output::Writer& writer);
void write_json(const Setup& report, nlohmann::json& root);

}  // namespace barman::report
