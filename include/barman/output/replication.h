#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/replication.h"

namespace barman::report {

void write_console(const ReplicationReport& report, output::Writer& writer);
void write_json(const ReplicationReport& report, nlohmann::json& root);

}  // namespace barman::report
