#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/wal/history.h"

namespace barman::catalog {

// The history of each timeline that backups are on, as far as it is archived.
using TimelineHistories = std::map<std::uint32_t, std::vector<HistoryEntry>>;

// Backups in the order in which they were taken. Ids are local time and do not say it: the zone of the host and its
// clock may have been set back in between. The position in the WAL does wherever it can be compared: on one timeline,
// or on one that the other's history leads through. Everything else goes by the instant of the beginning, then by the
// id.
std::vector<const BackupInfo*> in_order(std::vector<const BackupInfo*> backups,
                                        const TimelineHistories& histories = {});
std::vector<const BackupInfo*> in_order(const std::map<std::string, BackupInfo>& backups,
                                        const TimelineHistories& histories = {});

}  // namespace barman::catalog
