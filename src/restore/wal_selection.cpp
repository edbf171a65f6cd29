#include "barman/restore/wal_selection.h"

#include "barman/core/error.h"
#include "barman/wal/segment.h"

namespace barman::restore {

WalSelection::WalSelection(const catalog::BackupInfo& backup, const RecoveryTarget& target, std::uint32_t timeline,
                           bool partial)
    : begin_wal_(backup.begin_wal.value_or("")),
      end_wal_(backup.end_wal.value_or("")),
      timeline_(timeline),
      immediate_(target.immediate),
      partial_(partial) {
  if (target.lsn)
    lsn_segment_ = to_string(segment_at(*target.lsn, timeline, static_cast<std::uint64_t>(backup.xlog_segment_size)));
}

bool WalSelection::wants(std::string_view name) const {
  const auto wal = parse_wal_name(name);
  if (!wal) return false;
  if (wal->kind == WalKind::history) return true;
  if (name < begin_wal_ || wal->segment.timeline > timeline_) return false;
  if (name > end_wal_ && beyond_target(name)) return false;
  return wal->kind != WalKind::partial || partial_;
}

bool WalSelection::beyond_target(std::string_view name) const {
  return immediate_ || (lsn_segment_ && name > *lsn_segment_);
}

std::uint32_t timeline_to_copy(const catalog::BackupInfo& backup, const RecoveryTarget& target,
                               std::optional<std::uint32_t> highest_in_archive) {
  if (target.timeline_id) return *target.timeline_id;
  if (backup.version.value_or(0) >= 120000) return highest_in_archive.value_or(1);
  const auto end = parse_segment(backup.end_wal.value_or(""));
  if (!end) throw Error(Errc::corrupt, "backup " + backup.backup_id + " has no end WAL");
  return end->timeline;
}

}  // namespace barman::restore
