#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "barman/restore/forecast.h"
#include "barman/restore/restore.h"
#include "next_steps.h"
#include "placement.h"

namespace barman::restore {

// What the target host says of the restored directory and of itself.
struct HostSurvey {
  std::optional<std::string> owner;
  std::optional<std::uint32_t> mode;
  std::set<std::int64_t> ports;  // on which somebody listens
};
// Lines that are neither are ignored.
HostSurvey parse_survey(std::string_view answer);

// What there is to know of a cluster that has just been restored, for its next steps. Asks the target host and the
// archive; what they do not say is logged and left out, for the restore has succeeded.
RestoredCluster look_at_restored(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                 const RecoveryTarget& target, const Forecast& expected,
                                 const std::vector<PlacedTablespace>& tablespaces, const report::RestoreReport& report,
                                 const RestoreRun& run);

}  // namespace barman::restore
