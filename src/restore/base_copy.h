#pragma once
#include <optional>
#include <vector>

#include "barman/restore/restore.h"
#include "placement.h"

namespace barman::restore {

// Puts the base backup where it belongs: destination and tablespace directories made (0700) and proven writable, files
// copied or, for a compressed backup, unpacked, links in pg_tblspc made.
void place_base_backup(const RestoreRequest& request, const catalog::BackupInfo& backup,
                       const std::vector<PlacedTablespace>& tablespaces, const std::optional<Timestamp>& safe_horizon,
                       const Collaborators& with);

}  // namespace barman::restore
