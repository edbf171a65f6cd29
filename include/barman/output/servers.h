#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/servers.h"

namespace barman::report {

void write_console(const ServerList& report, output::Writer& writer);
void write_json(const ServerList& report, nlohmann::json& root);

void write_console(const ServerFacts& report, output::Writer& writer);
void write_json(const ServerFacts& report, nlohmann::json& root);  // passwords hidden

void write_console(const StatusReport& report, output::Writer& writer);
void write_json(const StatusReport& report, nlohmann::json& root);

void write_console(const ProcessList& report, output::Writer& writer);
void write_json(const ProcessList& report, nlohmann::json& root);

// The messages of config-switch (commands.md 3.9); the same in every format.
void announce(const ModelSwitch& change, output::Writer& writer);

void write_console(const ReplicationReport& report, output::Writer& writer);
void write_json(const ReplicationReport& report, nlohmann::json& root);

}  // namespace barman::report
