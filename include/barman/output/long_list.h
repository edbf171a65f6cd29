#pragma once
#include <nlohmann/json_fwd.hpp>

#include "barman/output/writer.h"
#include "barman/report/long_list.h"

namespace barman::report {

// A table of at most 80 columns where what there is to say fits; JSON: the objects of list-backups with more keys.
void write_console(const LongBackupList& report, output::Writer& writer);
void write_json(const LongBackupList& report, nlohmann::json& root);

}  // namespace barman::report
