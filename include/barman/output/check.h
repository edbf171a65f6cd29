#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "barman/output/writer.h"
#include "barman/report/check.h"

namespace barman::report {

void write_console(const CheckReport& report, output::Writer& writer);
void write_json(const CheckReport& report, nlohmann::json& root);

// One line for a monitoring plugin, and one for every failed check (commands.md 3.2). `errors`: something else went
// wrong, such as an unknown server.
struct NagiosReport {
  std::string text;  // lines with their ends
  int status = 0;    // 0 OK, 2 CRITICAL
};
NagiosReport to_nagios(const std::vector<CheckReport>& reports, bool errors);

void write_console(const Explanation& explanation, output::Writer& writer);
void write_json(const Explanation& explanation, nlohmann::json& root);

// check-wal-archive and check-archived-wal-range: commands.md 3.6, json.md 3.11.
void write_console(const WalArchiveCheck& report, output::Writer& writer);
void write_json(const WalArchiveCheck& report, nlohmann::json& root);
void write_console(const WalRangeCheck& report, output::Writer& writer);
void write_json(const WalRangeCheck& report, nlohmann::json& root);

}  // namespace barman::report
