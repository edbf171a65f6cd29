#pragma once
#include "barman/app/recovery_target.h"
#include "barman/restore/target.h"

namespace barman::app {

restore::TargetRequest target_request(const RecoveryTarget& options);

}  // namespace barman::app
