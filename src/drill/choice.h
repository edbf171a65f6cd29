#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/restore/target.h"

namespace barman::drill {

// A number from 0 to below `bound`, which is at least 1.
using Draw = std::function<std::uint64_t(std::uint64_t bound)>;

struct Choice {
  const catalog::BackupInfo* backup = nullptr;  // nullptr: there is none
  restore::TargetRequest target;
};

// Any of the backups that are DONE, and the beginning of any segment behind it up to the newest of its timeline
// (`newest`: of each timeline, WalArchive::newest): the last one that a restore brings, in which a record begins. Where
// nothing is archived behind a backup: the end of its WAL.
Choice choose_at_random(const std::vector<const catalog::BackupInfo*>& backups,
                        const std::map<std::uint32_t, std::string>& newest, const Draw& draw);

}  // namespace barman::drill
