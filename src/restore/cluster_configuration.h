#pragma once
#include <string>
#include <vector>

#include "barman/report/restore.h"
#include "barman/restore/restore.h"

namespace barman::restore {

// Makes the restored configuration files safe and adds the recovery settings; reports what was changed, what wants a
// look and what is missing. Originals stay beside them as *.origin. Creates recovery.signal or standby.signal.
void configure_cluster(const RestoreRequest& request, const catalog::BackupInfo& backup,
                       const std::vector<std::string>& settings, bool wants_recovery, const Collaborators& with,
                       report::RestoreReport& report);

}  // namespace barman::restore
