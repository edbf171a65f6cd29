#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/catalog/xlogdb.h"
#include "barman/restore/target.h"

namespace barman::restore {

// Decides, entry by entry, which archived files a restore needs (algorithms.md 15.4). Each for itself: a segment that
// was archived late has its line behind higher ones.
class WalSelection {
 public:
  // `partial`: archived .partial files are wanted too.
  WalSelection(const catalog::BackupInfo& backup, const RecoveryTarget& target, std::uint32_t timeline, bool partial);
  bool wants(std::string_view name) const;

 private:
  bool beyond_target(std::string_view name) const;
  std::string begin_wal_, end_wal_;
  std::uint32_t timeline_;
  bool immediate_;
  std::optional<std::string> lsn_segment_;  // the segment that holds the target LSN
  bool partial_;
};

// The timeline whose WAL is copied: the target's; else for PostgreSQL 12 and later (recovery_target_timeline = latest)
// the highest of the archive, before that the one of the backup's end WAL.
std::uint32_t timeline_to_copy(const catalog::BackupInfo& backup, const RecoveryTarget& target,
                               std::optional<std::uint32_t> highest_in_archive);

}  // namespace barman::restore
