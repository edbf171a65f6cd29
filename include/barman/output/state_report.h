#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "barman/output/writer.h"
#include "barman/report/state_report.h"

namespace barman::output {

// One page that needs nothing else: no script, no image, no font. Passwords are hidden.
std::string html_page(const report::StateReport& report);

}  // namespace barman::output

namespace barman::report {

// One line for each server, and what is not as it should be.
void write_console(const StateReport& report, output::Writer& writer);
void write_json(const StateReport& report, nlohmann::json& root);

}  // namespace barman::report
