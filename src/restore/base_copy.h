#pragma once
#include <optional>
#include <vector>

#include "barman/restore/restore.h"
#include "placement.h"

namespace barman::restore {

// Puts the base backup where it belongs: destination and tablespace directories made (0700) and proven writable, the
// steps carried out, links in pg_tblspc made. On failure the destination holds what a copy has brought so far, which a
// delta restore may use; of what was unpacked or combined there nothing is left, nor of the work areas.
// Returns the seconds that combining took, if that was the only step.
std::optional<double> place_base_backup(const RestoreRequest& request, const Chain& chain,
                                        const Preparation& preparation,
                                        const std::vector<PlacedTablespace>& tablespaces,
                                        const std::optional<Timestamp>& safe_horizon, const RestoreRun& run);

}  // namespace barman::restore
