#include "barman/catalog/wal_window.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "barman/core/numbers.h"
#include "barman/wal/segment.h"

namespace barman::catalog {

namespace {

constexpr std::size_t segment_name_size = 24;
constexpr std::size_t directory_size = 16;  // timeline and log: what neighbours in the index share

// The 24 characters of a segment name, ordered as the text is.
struct Key {
  std::array<std::uint64_t, 3> words{};
  auto operator<=>(const Key&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a 0 in it
};

Key key_of(const char* name) {
  Key key;
  std::memcpy(key.words.data(), name, segment_name_size);
  if constexpr (std::endian::native == std::endian::little)
    for (std::uint64_t& word : key.words) word = __builtin_bswap64(word);
  return key;
}

// The last line of a window, copied without allocating: it changes with nearly every line.
struct LastLine {
  std::array<char, segment_name_size> name{};
  std::array<char, 32> time{};
  std::size_t time_size = 0;
  bool any = false;

  void set(const WalEntryView& entry) {
    std::memcpy(name.data(), entry.name.data(), name.size());
    time_size = std::min(entry.time_text.size(), time.size());
    std::memcpy(time.data(), entry.time_text.data(), time_size);
    any = true;
  }
};

// Sizes that add up to more than there can be are a damaged index, and no reason to stop.
void add_size(std::int64_t& sum, std::int64_t size) {
  if (__builtin_add_overflow(sum, size, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

}  // namespace

struct WalWindowCounter::Open {
  std::string id;
  std::string begin_wal;
  Key begin, end;
  std::optional<Key> limit;
  std::uint32_t timeline = 0;
  std::int64_t segment_size = 0;
  WalWindow window;
  std::optional<double> first_time;
  LastLine last;
};

void WalWindowCounter::add(const BackupInfo& backup, const std::optional<std::string>& limit) {
  if (!backup.begin_wal || !backup.end_wal || !is_wal_segment(*backup.begin_wal) || !is_wal_segment(*backup.end_wal))
    return;
  auto open = std::make_shared<Open>();
  open->id = backup.backup_id;
  open->begin_wal = *backup.begin_wal;
  open->begin = key_of(backup.begin_wal->data());
  open->end = key_of(backup.end_wal->data());
  if (limit && is_wal_segment(*limit)) open->limit = key_of(limit->data());
  open->timeline = static_cast<std::uint32_t>(backup.timeline.value_or(0));
  open->segment_size = backup.xlog_segment_size;
  all_.push_back(open);
  open_.push_back(std::move(open));
  sorted_ = false;
}

// Timeline of a name of 24 characters; nullopt when it is not a segment's. Names of one directory come in long runs, so
// its 16 digits are examined once a run.
std::optional<std::uint32_t> WalWindowCounter::timeline_of(std::string_view name) {
  if (std::memcmp(name.data(), directory_.data(), directory_size) != 0) {
    const auto parsed = parse_segment(name);
    if (!parsed) return std::nullopt;
    std::memcpy(directory_.data(), name.data(), directory_size);
    directory_timeline_ = parsed->timeline;
    return directory_timeline_;
  }
  if (!is_hex(name.substr(directory_size))) return std::nullopt;
  return directory_timeline_;
}

bool WalWindowCounter::count(const WalEntryView& entry) {
  if (!sorted_) {
    std::ranges::stable_sort(open_, {}, [](const auto& open) -> const Key& { return open->begin; });
    sorted_ = true;
  }
  if (open_.empty()) return true;
  if (entry.name.size() != segment_name_size)
    return entry.name < open_.front()->begin_wal || is_any_wal_name(entry.name);
  const Key name = key_of(entry.name.data());
  if (name < open_.front()->begin) return true;
  const auto timeline = timeline_of(entry.name);
  if (!timeline) return false;

  bool closed = false;
  for (auto& open : open_) {
    if (name < open->begin) break;
    if (*timeline > open->timeline) continue;
    if (open->limit && name > *open->limit) {  // names ascend: nothing of this window comes after
      open.reset();
      closed = true;
      continue;
    }
    if (name == open->begin) open->first_time = entry.time();
    const bool inside = name <= open->end;
    (inside ? open->window.wal_num : open->window.wal_until_next_num) += 1;
    add_size(inside ? open->window.wal_size : open->window.wal_until_next_size, entry.size);
    open->last.set(entry);
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
    if (open->last.any) window.wal_last = std::string(open->last.name.begin(), open->last.name.end());
    if (open->first_time && window.wal_last) {
      const double seconds =
          parse_double({open->last.time.data(), open->last.time_size}).value_or(0) - *open->first_time;
      if (seconds > 0)
        window.wals_per_second = static_cast<double>(window.wal_num + window.wal_until_next_num) / seconds;
      window.wal_compression_ratio = saved(window.wal_num, window.wal_size, open->segment_size);
      window.wal_until_next_compression_ratio =
          saved(window.wal_until_next_num, window.wal_until_next_size, open->segment_size);
    }
    windows.emplace(open->id, std::move(window));
  }
  return windows;
}

std::map<std::string, WalWindow> wal_windows(const BackupCatalog& catalog,
                                             const std::vector<const BackupInfo*>& backups, const XlogDb& xlogdb,
                                             const std::function<void(const Error&)>& on_error) {
  WalWindowCounter counter;
  for (const BackupInfo* backup : backups) {
    const BackupInfo* next = catalog.next(*backup);
    counter.add(*backup, next ? next->end_wal : std::nullopt);
  }
  bool reported = false;
  const auto report_once = [&](const Error& error) {
    if (!reported) on_error(error);
    reported = true;
  };
  xlogdb.for_each(
      [&](const WalEntryView& entry) {
        if (!counter.count(entry))
          report_once(
              Error(Errc::corrupt, fmt::format("invalid WAL segment name '{}'", entry.name), xlogdb.damage_hint()));
        return true;
      },
      report_once);
  return counter.result();
}

}  // namespace barman::catalog
