#include "barman/catalog/backup_order.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/text.h"
#include "barman/wal/segment.h"

namespace barman::catalog {

namespace {

// What decides about the place of one backup.
struct Place {
  const BackupInfo* backup = nullptr;
  std::int64_t time = 0;      // of its beginning
  std::int64_t no_later = 0;  // than this, because others that certainly came behind it began then
  bool has_position = false;
  std::uint32_t timeline = 0;
  Lsn begin, end;
};

// Of a backup that has not begun only the second is known, from its id. It comes behind whatever began within that
// second: no other backup has the same id.
std::int64_t time_of(const BackupInfo& backup) {
  if (backup.begin_time) return backup.begin_time->micros;
  constexpr std::int64_t rest_of_second = 999'999;
  const std::string& id = backup.backup_id;  // 20261121T072640
  if (id.size() != 15) return 0;
  const auto part = [&id](std::size_t at, std::size_t size) { return id.substr(at, size); };
  bool had_zone = false;
  const auto local = parse_human_timestamp(
      part(0, 4) + '-' + part(4, 2) + '-' + part(6, 2) + ' ' + part(9, 2) + ':' + part(11, 2) + ':' + part(13, 2),
      had_zone);
  return local ? local->micros + rest_of_second : 0;
}

std::optional<Lsn> position(const std::optional<std::string>& lsn, const std::optional<Segment>& segment,
                            std::int64_t segment_size) {
  if (const auto exact = parse_lsn(lsn.value_or(""))) return exact;
  if (!segment) return std::nullopt;
  return start_of(*segment, static_cast<std::uint64_t>(segment_size));
}

Place place_of(const BackupInfo& backup) {
  Place place;
  place.backup = &backup;
  place.time = place.no_later = time_of(backup);
  const auto first = parse_segment(backup.begin_wal.value_or("")), last = parse_segment(backup.end_wal.value_or(""));
  const auto begin = position(backup.begin_xlog, first, backup.xlog_segment_size);
  if (!begin || (!backup.timeline && !first)) return place;
  place.has_position = true;
  place.timeline = backup.timeline ? static_cast<std::uint32_t>(*backup.timeline) : first->timeline;
  place.begin = *begin;
  place.end = std::max(*begin, position(backup.end_xlog, last, backup.xlog_segment_size).value_or(*begin));
  return place;
}

// A partial order: backups that overlap, of other clusters or of timelines that went apart cannot be compared.
bool certainly_before(const Place& a, const Place& b, const TimelineHistories& histories) {
  if (!a.has_position || !b.has_position || a.timeline > b.timeline) return false;
  if (a.timeline == b.timeline)
    return a.end <= b.begin && a.begin < b.begin && a.backup->systemid == b.backup->systemid;
  const auto history = histories.find(b.timeline);
  return history != histories.end() && a.backup->systemid == b.backup->systemid &&
         std::ranges::any_of(history->second, [&a](const HistoryEntry& entry) {
           return entry.parent == a.timeline && a.end <= entry.switchpoint;
         });
}

}  // namespace

std::vector<const BackupInfo*> in_order(std::vector<const BackupInfo*> backups, const TimelineHistories& histories) {
  std::vector<Place> places;
  places.reserve(backups.size());
  for (const BackupInfo* backup : backups) places.push_back(place_of(*backup));
  std::ranges::sort(places, {}, &Place::time);
  Lsn furthest;  // where those that seem to be earlier begin; who ends behind it cannot have come before them
  std::uint32_t newest = 0;
  for (std::size_t later = 0; later < places.size(); ++later) {
    Place& place = places[later];
    if (!place.has_position) continue;
    const bool in_doubt = place.end <= furthest || place.timeline < newest;
    for (std::size_t earlier = 0; in_doubt && earlier < later; ++earlier)
      if (certainly_before(place, places[earlier], histories))
        place.no_later = std::min(place.no_later, places[earlier].time);
    furthest = std::max(furthest, place.begin);
    newest = std::max(newest, place.timeline);
  }
  std::ranges::sort(places, [](const Place& a, const Place& b) {
    const auto key = [](const Place& place) {
      return std::tuple(place.no_later, place.timeline, place.begin.value, std::string_view(place.backup->backup_id));
    };
    return key(a) < key(b);
  });
  std::ranges::transform(places, backups.begin(), &Place::backup);
  return backups;
}

std::vector<const BackupInfo*> in_order(const std::map<std::string, BackupInfo>& backups,
                                        const TimelineHistories& histories) {
  std::vector<const BackupInfo*> all;
  all.reserve(backups.size());
  for (const auto& [id, backup] : backups) all.push_back(&backup);
  return in_order(std::move(all), histories);
}

namespace {

using Backups = std::vector<const BackupInfo*>;

const BackupInfo* last_of(const Backups& in_order, bool (*matches)(const BackupInfo&)) {
  const auto found =
      std::find_if(in_order.rbegin(), in_order.rend(), [&](const BackupInfo* info) { return matches(*info); });
  return found == in_order.rend() ? nullptr : *found;
}

const BackupInfo* find_by_name(std::string_view name, const Backups& in_order) {
  const BackupInfo* found = nullptr;
  std::vector<std::string> ids;
  for (const BackupInfo* info : in_order) {
    if (!info->copy_done() || info->backup_name != name) continue;
    ids.push_back(info->backup_id);
    found = info;
  }
  if (ids.size() <= 1) return found;
  std::ranges::sort(ids);
  throw Error(
      Errc::not_found,
      fmt::format("Multiple backups found matching name '{}' (try using backup ID instead): {}", name, join(ids, " ")));
}

}  // namespace

bool is_backup_id(std::string_view text) {
  if (text.size() != 15 || text[8] != 'T') return false;
  return std::ranges::all_of(text, [&text](const char& c) { return (c >= '0' && c <= '9') || &c == &text[8]; });
}

bool is_reserved_backup_name(std::string_view text) {
  constexpr std::array<std::string_view, 8> words{"latest", "last",        "oldest",    "first",
                                                  "auto",   "last-failed", "last-full", "latest-full"};
  return std::ranges::find(words, text) != words.end();
}

const BackupInfo* find_by_word(std::string_view word, const Backups& in_order) {
  const auto copied = [](const BackupInfo& info) { return info.copy_done(); };
  if (word == "latest" || word == "last") return last_of(in_order, copied);
  if (word == "oldest" || word == "first") {
    const auto found = std::ranges::find_if(in_order, [](const BackupInfo* info) { return info->copy_done(); });
    return found == in_order.end() ? nullptr : *found;
  }
  if (word == "last-failed")
    return last_of(in_order, [](const BackupInfo& info) { return info.status == BackupStatus::failed; });
  if (word == "latest-full" || word == "last-full")
    return last_of(in_order, [](const BackupInfo& info) { return info.copy_done() && info.is_full_and_eligible(); });
  return find_by_name(word, in_order);
}

const BackupInfo* find_for_deletion(std::string_view word, Backups others, const Backups& unfinished,
                                    const TimelineHistories& histories) {
  if (!is_reserved_backup_name(word))
    if (const BackupInfo* begun = find_by_name(word, unfinished)) return begun;
  others.insert(others.end(), unfinished.begin(), unfinished.end());
  return find_by_word(word, in_order(std::move(others), histories));
}

}  // namespace barman::catalog
