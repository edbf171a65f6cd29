#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/wal_archive.h"

namespace barman::report {

// check-wal-archive and check-archived-wal-range: commands.md 3.6, json.md 3.11.
void write_console(const WalArchiveCheck& report, output::Writer& writer);
void write_json(const WalArchiveCheck& report, nlohmann::json& root);
void write_console(const WalRangeCheck& report, output::Writer& writer);
void write_json(const WalRangeCheck& report, nlohmann::json& root);

}  // namespace barman::report
