#pragma once
#include <string>
#include <vector>

#include "barman/restore/restore.h"
#include "barman/restore/target.h"

namespace barman::restore {

// A cluster that is restored so needs recovery settings and a signal file.
inline bool wants_recovery(const RestoreRequest& request, const RecoveryTarget& target) {
  return target.is_pitr() || request.get_wal || request.standby_mode;
}

// The lines of the recovery settings. `wal_directory`: where copied WAL lies.
std::vector<std::string> settings_for(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                      const RecoveryTarget& target, const std::string& wal_directory,
                                      const RestoreRun& run);

}  // namespace barman::restore
