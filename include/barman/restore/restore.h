#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/config/server_config.h"
#include "barman/fs/host.h"
#include "barman/report/backups.h"
#include "barman/report/progress.h"
#include "barman/report/restore_plan.h"
#include "barman/restore/plan.h"
#include "barman/restore/request.h"
#include "barman/server/server_context.h"

namespace barman::restore {

// What a restore works with: the server whose backup it is, and where it goes.
struct RestoreRun {
  ServerContext& server;
  fs::Host& target_host;
  Progress& progress;
};

// What was found out before anything is written.
struct Preparation {
  std::vector<Step> steps;
  std::optional<Combination> combination;  // for a chain of several
  std::int64_t whole = 0;                  // bytes of the restored files
};

// Looks for pg_combinebackup where it will run, for room in the work areas. Throws Error
// when something is missing; what is done otherwise than asked for is reported to the notifier.
Preparation prepare(const RestoreRequest& request, const Chain& chain, const RestoreRun& run);

// What a restore of the last of the chain would do, and whether it would succeed. Writes nothing.
report::RestorePlan plan(const RestoreRequest& request, const Chain& chain, const Preparation& preparation,
                         const RestoreRun& run);

// Restores the last of the chain.
report::RestoreReport restore(const RestoreRequest& request, const Chain& chain, const Preparation& preparation,
                              const RestoreRun& run);

}  // namespace barman::restore
