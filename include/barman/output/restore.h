#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/restore.h"

namespace barman::report {

// commands.md 3.7 and json.md 3.9.
void write_console(const RestoreReport& report, output::Writer& writer);
void write_json(const RestoreReport& report, nlohmann::json& root);

}  // namespace barman::report
