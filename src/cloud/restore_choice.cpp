#include <algorithm>

#include "barman/cloud/restore.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"

namespace barman::cloud {

const catalog::BackupInfo& choose_for_recovery(const std::vector<catalog::BackupInfo>& backups,
                                               const RecoveryGoal& goal, std::int64_t highest) {
  if (goal.timeline == "current")
    throw Error(Errc::refused, "'current' is not a valid timeline keyword when recovering without a backup_id");
  std::optional<std::int64_t> timeline;
  if (goal.timeline) timeline = *goal.timeline == "latest" ? highest : parse_decimal(*goal.timeline);
  for (auto backup = backups.rbegin(); backup != backups.rend(); ++backup) {
    if (!backup->copy_done()) continue;
    if (goal.time && !(backup->end_time && *backup->end_time <= *goal.time)) continue;
    const auto end = parse_lsn(backup->end_xlog.value_or(""));
    if (goal.lsn && !(end && *end <= *goal.lsn)) continue;
    if (goal.timeline && backup->timeline != timeline) continue;
    return *backup;
  }
  throw Error(Errc::refused, "Cannot find any candidate backup for recovery.");
}

std::int64_t highest_timeline(store::ObjectStore& store, const Layout& layout) {
  constexpr std::size_t digits = 8;
  std::int64_t highest = 1;
  const auto look = [&](std::string_view key) {
    key.remove_prefix(std::min(key.size(), layout.wals().size()));
    if (const auto timeline = parse_hex(key.substr(0, digits)); timeline && key.size() >= digits)
      highest = std::max(highest, static_cast<std::int64_t>(*timeline));
  };
  const store::Listing listing{.prefix = layout.wals(), .delimiter = "/", .start_after = {}};
  store::for_each_page(store, listing, [&](const store::Page& page) {
    for (const store::Object& object : page.objects) look(object.key);
    for (const std::string& prefix : page.prefixes) look(prefix);
    return true;
  });
  return highest;
}

}  // namespace barman::cloud
