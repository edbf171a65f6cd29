#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/facts.h"

namespace barman::report {

void write_console(const ServerList& report, output::Writer& writer);
void write_json(const ServerList& report, nlohmann::json& root);

void write_console(const ServerFacts& report, output::Writer& writer);
void write_json(const ServerFacts& report, nlohmann::json& root);  // passwords hidden

}  // namespace barman::report
