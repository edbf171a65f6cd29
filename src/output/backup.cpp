#include "barman/output/backup.h"

#include <nlohmann/json.hpp>

#include "barman/output/backup_metadata.h"

namespace barman::catalog {

void write_console(const BackupInfo&, output::Writer&) {}

void write_json(const BackupInfo& info, nlohmann::json& root) {
  root.update(output::metadata_json(info, output::TimeForm::ctime));
  // Here, and only here, it is a number with a fraction.
  if (info.cluster_size) root["cluster_size"] = static_cast<double>(*info.cluster_size);
}

}  // namespace barman::catalog
