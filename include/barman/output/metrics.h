#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "barman/output/writer.h"
#include "barman/report/metrics.h"

namespace barman::output {

// Prometheus' text format, version 0.0.4. Bytes that are not UTF-8 become U+FFFD.
inline constexpr const char* prometheus_type = "text/plain; version=0.0.4; charset=utf-8";
std::string prometheus_text(const report::Metrics& metrics);

}  // namespace barman::output

namespace barman::report {

void write_console(const Metrics& report, output::Writer& writer);
void write_json(const Metrics& report, nlohmann::json& root);

}  // namespace barman::report
