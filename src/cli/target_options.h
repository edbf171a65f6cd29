#pragma once
#include "barman/app/recovery_target.h"
#include "commands.h"

namespace barman::cli {

// --target-time and its sisters, --target-tli, --exclusive.
void declare_target(Options& options, app::RecoveryTarget& values);

}  // namespace barman::cli
