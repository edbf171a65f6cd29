#pragma once
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/wal/text_files.h"

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

// Which of these backups, given in the order in which they were taken, a shortcut or a name means (commands.md 1.8);
// nullptr: none of them. Throws Error(not_found) for the name of several.
const BackupInfo* find_by_word(std::string_view word, const std::vector<const BackupInfo*>& in_order);

// The same for a word that was typed to `delete`. `unfinished` are the backups whose deletion was interrupted, as they
// were before it began: their status, and also the only trace of those whose entry is gone. They keep the place that
// they had, so that the word which began a deletion meets the same backup again; a name means them first.
const BackupInfo* find_for_deletion(std::string_view word, std::vector<const BackupInfo*> others,
                                    const std::vector<const BackupInfo*>& unfinished,
                                    const TimelineHistories& histories);

}  // namespace barman::catalog
