#include "wal_volumes.h"

#include <sys/stat.h>

#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::app {
WalVolumes::WalVolumes(const catalog::BackupCatalog& backups, const Timestamp& at,
                       std::set<std::string, std::less<>> asked)
    : offset_(at.offset), asked_(std::move(asked)) {
  first_day_ = report::local_day(at) - surveyed_days + 1;
  for (const auto& [id, backup] : backups.all()) {
    if (!backup.copy_done()) continue;
    const catalog::BackupInfo* next = backups.next(backup);
    windows_.add(backup, next != nullptr ? next->end_wal : std::nullopt);
  }
}

void WalVolumes::count(const catalog::WalEntryView& entry) {
  windows_.count(entry);
  const auto segment = parse_segment(entry.name);
  if (!segment) return;
  Timeline& timeline = timelines_[segment->timeline];
  ++timeline.volume.files;
  timeline.volume.bytes += entry.size;
  const double written = entry.time();
  if (entry.name >= timeline.volume.newest) {
    timeline.volume.newest = entry.name;
    timeline.written = written;
  }
  if (asked_.contains(entry.name)) written_[std::string(entry.name)] = written;
  const std::int64_t day = report::local_day({static_cast<std::int64_t>(written * 1e6), offset_});
  if (day < first_day_ || day >= first_day_ + surveyed_days) return;
  report::WalVolume& volume = days_[day];
  ++volume.files;
  volume.bytes += entry.size;
}

std::map<std::uint32_t, report::SurveyedTimeline> WalVolumes::timelines() const {
  std::map<std::uint32_t, report::SurveyedTimeline> result;
  for (const auto& [number, timeline] : timelines_) {
    report::SurveyedTimeline& to = result[number] = timeline.volume;
    to.written = local_timestamp(static_cast<std::int64_t>(timeline.written * 1e6));
  }
  return result;
}

std::optional<Timestamp> WalVolumes::written(const std::string& segment) const {
  const auto found = written_.find(segment);
  if (found == written_.end()) return std::nullopt;
  return local_timestamp(static_cast<std::int64_t>(found->second * 1e6));
}

report::WaitingWal waiting_in(const archive::WalQueue& queue, const Timestamp& at) {
  report::WaitingWal waiting;
  waiting.source = queue.origin() == archive::Origin::streaming ? "streaming" : "incoming";
  for (const std::string& name : queue.names()) {
    const auto wal = parse_wal_name(name);
    if (!wal || wal->kind == WalKind::partial) continue;
    const auto info = fs::lstat_if_exists(queue.location(name));
    if (!info || !S_ISREG(info->st_mode)) continue;
    ++waiting.files;
    waiting.bytes += info->st_size;
    const double age = at.fractional_seconds() - static_cast<double>(info->st_ctim.tv_sec);
    waiting.oldest_seconds = std::max({waiting.oldest_seconds.value_or(0), age, 0.0});
  }
  return waiting;
}

}  // namespace barman::app
