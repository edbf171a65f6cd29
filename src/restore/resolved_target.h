#pragma once
#include <optional>
#include <string>

#include "barman/restore/restore.h"
#include "barman/restore/target.h"

namespace barman::restore {

// Understands the target for this backup and reports what it assumes. Throws Error(refused) for what is no target.
RecoveryTarget resolve_target(const TargetRequest& asked, const catalog::BackupInfo& backup, const RestoreRun& run);
// Why the target time is refused whatever the WAL says; std::nullopt: it is not.
std::optional<std::string> time_problem(const RecoveryTarget& target, const catalog::BackupInfo& backup);

}  // namespace barman::restore
