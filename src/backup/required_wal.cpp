#include "required_wal.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/wal/segment.h"

namespace barman::backup {

std::vector<std::string> required_wal(const catalog::BackupInfo& backup) {
  const auto begin = parse_segment(backup.begin_wal.value_or(""));
  const auto end = parse_segment(backup.end_wal.value_or(""));
  if (!begin || !end || begin->timeline != end->timeline || *begin > *end)
    throw Error(Errc::corrupt, fmt::format("backup {}: '{}' and '{}' are no range of WAL segments", backup.backup_id,
                                           backup.begin_wal.value_or("None"), backup.end_wal.value_or("None")));
  std::vector<std::string> names;
  for (Segment segment = *begin;; segment = next(segment, static_cast<std::uint64_t>(backup.xlog_segment_size))) {
    if (segment > *end) break;
    names.push_back(to_string(segment));
    if (segment == *end) break;
  }
  return names;
}

}  // namespace barman::backup
