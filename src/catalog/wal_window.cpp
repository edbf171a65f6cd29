#include "barman/catalog/wal_window.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/wal/segment.h"

namespace barman::catalog {

struct WalWindowCounter::Open {
  std::string id;
  std::string begin_wal;
  std::string end_wal;
  std::optional<std::string> limit;
  std::uint32_t timeline = 0;
  std::int64_t segment_size = 0;
  WalWindow window;
  std::optional<double> first_time;
  double last_time = 0;
};

void WalWindowCounter::add(const BackupInfo& backup, const std::optional<std::string>& limit) {
  if (!backup.begin_wal || !backup.end_wal) return;
  auto open = std::make_shared<Open>();
  open->id = backup.backup_id;
  open->begin_wal = *backup.begin_wal;
  open->end_wal = *backup.end_wal;
  open->limit = limit;
  open->timeline = static_cast<std::uint32_t>(backup.timeline.value_or(0));
  open->segment_size = backup.xlog_segment_size;
  all_.push_back(open);
  open_.push_back(std::move(open));
  sorted_ = false;
}

bool WalWindowCounter::count(const WalEntryView& entry) {
  if (!sorted_) {
    std::ranges::stable_sort(open_, {}, [](const auto& open) -> const std::string& { return open->begin_wal; });
    sorted_ = true;
  }
  if (open_.empty() || entry.name < open_.front()->begin_wal) return true;
  const auto parsed = parse_wal_name(entry.name);
  if (!parsed) return false;
  if (parsed->kind != WalKind::segment) return true;

  bool closed = false;
  for (auto& open : open_) {
    if (entry.name < open->begin_wal) break;
    if (parsed->segment.timeline > open->timeline) continue;
    if (open->limit && entry.name > *open->limit) {  // names ascend: nothing of this window comes after
      open.reset();
      closed = true;
      continue;
    }
    if (entry.name == open->begin_wal) open->first_time = entry.time;
    const bool inside = entry.name <= open->end_wal;
    (inside ? open->window.wal_num : open->window.wal_until_next_num) += 1;
    (inside ? open->window.wal_size : open->window.wal_until_next_size) += entry.size;
    open->window.wal_last = entry.name;
    open->last_time = entry.time;
  }
  if (closed) std::erase(open_, nullptr);
  return true;
}

std::map<std::string, WalWindow> WalWindowCounter::result() const {
  const auto saved = [](std::int64_t count, std::int64_t size, std::int64_t segment_size) {
    const double theoretical = static_cast<double>(count) * static_cast<double>(segment_size);
    return count == 0 ? 0 : 1 - static_cast<double>(size) / theoretical;
  };
  std::map<std::string, WalWindow> windows;
  for (const auto& open : all_) {
    WalWindow window = open->window;
    if (open->first_time && window.wal_last) {
      const double seconds = open->last_time - *open->first_time;
      if (seconds > 0) window.wals_per_second = static_cast<double>(window.wal_num + window.wal_until_next_num) / seconds;
      window.wal_compression_ratio = saved(window.wal_num, window.wal_size, open->segment_size);
      window.wal_until_next_compression_ratio =
          saved(window.wal_until_next_num, window.wal_until_next_size, open->segment_size);
    }
    windows.emplace(open->id, std::move(window));
  }
  return windows;
}

std::map<std::string, WalWindow> wal_windows(const BackupCatalog& catalog, const std::vector<const BackupInfo*>& backups,
                                             const XlogDb& xlogdb, const std::function<void(const Error&)>& on_error) {
  WalWindowCounter counter;
  for (const BackupInfo* backup : backups) {
    const BackupInfo* next = catalog.next(backup->backup_id);
    counter.add(*backup, next ? next->end_wal : std::nullopt);
  }
  bool told = false;
  const auto tell_once = [&](const Error& error) {
    if (!told) on_error(error);
    told = true;
  };
  xlogdb.for_each(
      [&](const WalEntryView& entry) {
        if (!counter.count(entry))
          tell_once(Error(Errc::corrupt, fmt::format("invalid WAL segment name '{}'", entry.name), xlogdb.damage_hint()));
        return true;
      },
      tell_once);
  return counter.result();
}

}  // namespace barman::catalog
