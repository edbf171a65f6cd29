#pragma once
#include <string_view>
#include <vector>

#include "barman/catalog/backup_order.h"

namespace barman::catalog {

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
