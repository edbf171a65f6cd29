#include "barman/archive/wal_archive.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <set>
#include <unordered_map>

#include "barman/archive/wal_file.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/on_exit.h"
#include "barman/core/python_repr.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "index_writer.h"

namespace barman::archive {
namespace {

using catalog::WalEntry;
using catalog::WalEntryView;

constexpr std::string_view logger = "barman.server";
constexpr std::size_t hash_digits = 16;
constexpr std::size_t timeline_digits = 8;
constexpr int attempts = 3;

std::string sync_point_path(const config::ServerConfig& config) { return config.wals_directory + "/sync-wals.info"; }

// Why a copied file is of no use to a recovery. Damage to what is compressed shows when it is unpacked.
std::optional<std::string> copied_problem(const WalEntry& wal, const std::string& path) {
  if (wal.compression || wal.encryption) return std::nullopt;
  return plain_problem(*parse_wal_name(wal.name), fs::open_file(path, O_RDONLY).get(), path);
}

bool is_hash_directory(std::string_view name) {
  return name.size() == hash_digits && is_wal_segment(std::string(name) + "00000000");
}

std::optional<std::string> latest_segment_in(const std::string& directory) {
  std::optional<std::string> latest;
  for (std::string& name : fs::list_directory_if_exists(directory))
    if (is_wal_segment(name) && (!latest || name > *latest)) latest = std::move(name);
  return latest;
}

void warn_about(const std::string& path) {
  const char* what = "unexpected file";
  if (fs::is_directory(path))
    what = "unexpected directory";
  else if (path.ends_with(".tmp"))
    what = "temporary file found";
  log::warning(logger, "{} rebuilding the wal database: {}", what, path);
}

// Visits every file that belongs into an archive, in the order of Barman's rebuild (formats.md 5.3), described
// from the file itself; `unexpected` gets the path of everything else.
class Walk {
 public:
  using Visit = std::function<void(const WalEntry&)>;
  using Unexpected = std::function<void(const std::string& path)>;

  explicit Walk(const config::ServerConfig& config) : config_(config), settings_(codec_settings(config)) {}

  void run(const Visit& visit, const Unexpected& unexpected) const {
    for (const std::string& name : fs::list_directory_if_exists(config_.wals_directory)) {
      if (is_index(name)) continue;
      const std::string path = config_.wals_directory + '/' + name;
      const auto info = fs::stat_if_exists(path);
      if (info && S_ISDIR(info->st_mode))
        hash_directory(path, visit, unexpected);
      else if (info && S_ISREG(info->st_mode) && kind_of(name) == WalKind::history)
        visit(stored(name, path, *info));
      else
        unexpected(path);
    }
  }

 private:
  // Also at its previous location and while it is written.
  bool is_index(const std::string& name) const {
    return name.starts_with(config_.name + "-xlog.db") || name == "xlog.db" ||
           name.starts_with('.' + config_.name + "-xlog.db");
  }
  static std::optional<WalKind> kind_of(const std::string& name) {
    const auto wal = parse_wal_name(name);
    return wal ? std::optional(wal->kind) : std::nullopt;
  }

  void hash_directory(const std::string& directory, const Visit& visit, const Unexpected& unexpected) const {
    for (const std::string& name : fs::list_directory(directory)) {
      const std::string path = directory + '/' + name;
      const auto kind = kind_of(name);
      const auto info = fs::stat_if_exists(path);
      if (info && S_ISREG(info->st_mode) && (kind == WalKind::segment || kind == WalKind::backup_label))
        visit(stored(name, path, *info));
      else
        unexpected(path);
    }
  }

  WalEntry stored(const std::string& name, const std::string& path, const struct ::stat& info) const {
    WalEntry entry;
    entry.name = name;
    entry.size = info.st_size;
    entry.time = fs::mtime_seconds(info);
    describe_stored(path, config_, settings_, entry);
    return entry;
  }

  const config::ServerConfig& config_;
  const codec::Stage settings_;
};

// The directories that files are removed from, one after the other. One in which nothing is left is removed, too, an
// empty one before its files are looked for. What was removed stays removed once leave_last() has returned: a segment
// that came back after its line is gone would be listed nowhere.
class Emptied {
 public:
  explicit Emptied(std::string wals_directory) : wals_directory_(std::move(wals_directory)) {}

  void enter(const std::string& directory) {
    if (directory == current_) return;
    leave();
    current_ = directory;
    current_is_gone_ = ::rmdir((wals_directory_ + '/' + current_).c_str()) == 0;
    removed_any_ = removed_any_ || current_is_gone_;
  }
  bool is_gone() const { return current_is_gone_; }

  void leave_last() {
    leave();
    if (removed_any_) fs::sync_directory(wals_directory_);
  }

 private:
  void leave() {
    if (current_.empty()) return;
    const std::string path = wals_directory_ + '/' + current_;
    if (::rmdir(path.c_str()) == 0)
      removed_any_ = true;
    else if (fs::is_directory(path))
      fs::sync_directory(path);
  }

  std::string wals_directory_, current_;
  bool current_is_gone_ = false, removed_any_ = false;
};

// What a compression below an encryption was only the index knows.
struct Compression {
  std::int64_t size = 0;
  std::string compression;
};
using Compressions = std::unordered_map<std::string, Compression>;

Compressions compressions_below_encryption(const catalog::XlogDb& index) {
  Compressions known;
  const auto take = [&](const WalEntryView& entry) {
    if (!entry.encryption.empty() && !entry.compression.empty())
      known[std::string(entry.name)] = {entry.size, std::string(entry.compression)};
    return true;
  };
  try {
    index.for_each(take, [](const Error&) {});
  } catch (const Error& error) {  // as likely as not the reason why it is written anew
    log::warning(logger, "The previous index says nothing of what encrypted files are compressed with: {}",
                 error.what());
  }
  return known;
}

// Gives the staged WAL files their names in the archive. Those whose names are taken hold the same.
class WalPlacement {
 public:
  WalPlacement(const WalArchive& archive, std::string staged) : archive_(archive), staged_(std::move(staged)) {}
  WalPlacement(const WalPlacement&) = delete;
  WalPlacement& operator=(const WalPlacement&) = delete;
  ~WalPlacement() {
    for (const std::string& path : placed_) ::unlink(path.c_str());
  }

  void place(const std::string& name) {
    const std::string target = archive_.location(name);
    if (fs::exists(target)) return;
    const std::string directory = fs::parent_directory(target);
    if (!fs::is_directory(directory)) {
      fs::make_directories(directory);
      fs::sync_directory(fs::parent_directory(directory));
    }
    move(staged_ + '/' + name, target);
    placed_.push_back(target);
    fs::sync_directory(directory);
  }

  void keep() { placed_.clear(); }

 private:
  static void move(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) == 0) return;
    if (errno != EXDEV) throw_errno(fmt::format("rename '{}' to", from), to);
    const std::string temporary = fmt::format("{}/.{}.tmp", fs::parent_directory(to), base_name(to));
    const OnExit discard([&] { ::unlink(temporary.c_str()); });
    fs::remove_file(temporary);
    fs::copy_file(from, temporary);
    fs::sync_file(temporary);
    fs::rename_file(temporary, to);
  }

  const WalArchive& archive_;
  std::string staged_;
  std::vector<std::string> placed_;
};

}  // namespace

WalArchive::WalArchive(const config::ServerConfig& config, const fs::LockDirectory& locks)
    : config_(config), index_(config, locks), writer_(std::make_unique<IndexWriter>(config, locks)) {}
WalArchive::WalArchive(WalArchive&&) noexcept = default;
WalArchive::~WalArchive() = default;

std::string WalArchive::location(std::string_view name) const {
  return config_.wals_directory + '/' + archive_path(name).value();
}

bool WalArchive::holds(std::string_view name) const { return fs::exists(location(name)); }

std::optional<struct ::stat> WalArchive::examine(std::string_view name) const {
  return fs::stat_if_exists(location(name));
}

std::map<std::uint32_t, std::string> WalArchive::newest() const {
  std::map<std::uint32_t, std::string> latest;
  std::vector<std::string> names = fs::list_directory_if_exists(config_.wals_directory);
  std::erase_if(names, [](const std::string& name) { return !is_hash_directory(name); });
  std::ranges::sort(names, std::greater<>());
  std::string done;  // timeline digits already answered
  for (const std::string& name : names) {
    if (!done.empty() && name.starts_with(done)) continue;
    if (const auto segment = latest_segment_in(config_.wals_directory + '/' + name)) {
      done = name.substr(0, timeline_digits);
      latest[parse_segment(*segment)->timeline] = *segment;
    }
  }
  return latest;
}

std::optional<std::uint32_t> WalArchive::highest_timeline() const {
  const auto latest = newest();
  return latest.empty() ? std::nullopt : std::optional(latest.rbegin()->first);
}

std::optional<std::string> WalArchive::locate(const std::string& name, bool partial) const {
  const WalQueue incoming = queue(Origin::file), streaming = queue(Origin::streaming);
  const std::string archived = location(name);
  std::vector<std::string> places = {archived, incoming.location(name), streaming.location(name)};
  if (partial) {
    const std::string partial_name = name + ".partial";
    places.insert(places.end(), {streaming.location(partial_name),
                                 streaming.location(name),  // it may just have been completed
                                 archived + ".partial", incoming.location(partial_name)});
  }
  places.push_back(archived);  // it may just have moved there
  const auto found = std::ranges::find_if(places, [&](const std::string& path) {
    if (path.starts_with(archived)) return fs::is_regular_file(path);
    // What was delivered from elsewhere must not lead out of its directory.
    const auto info = fs::lstat_if_exists(path);
    return info && S_ISREG(info->st_mode);
  });
  if (found == places.end()) return std::nullopt;
  return *found;
}

std::optional<WalSource> WalArchive::open(const std::string& name, bool partial) const {
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const auto path = locate(name, partial);
    if (!path) return std::nullopt;
    // It may have been archived between the two calls: then it is found elsewhere.
    if (auto fd = fs::open_if_exists(*path, O_RDONLY)) return WalSource(config_, *path, std::move(*fd));
  }
  return std::nullopt;
}

std::optional<std::string> WalArchive::history(std::uint32_t timeline) const {
  const std::string path = location(history_name(timeline));
  if (!fs::exists(path) || codec::looks_encrypted(codec::read_head(path))) return std::nullopt;
  if (auto text = text_of(path, config_, codec_settings(config_))) return text;
  throw Error(Errc::corrupt, fmt::format("'{}' is too long for a history file", path));
}

std::vector<std::string> WalArchive::peek(const std::string& name, std::int64_t count) const {
  std::vector<std::string> found;
  const auto exists = [&](const std::string& wal) { return locate(wal, false).has_value(); };
  auto segment = parse_segment(name);
  if (!segment) {
    if (exists(name)) found.push_back(name);
    return found;
  }
  std::string wal = name;
  while (static_cast<std::int64_t>(found.size()) < count) {
    if (exists(wal)) {
      found.push_back(wal);
      ++segment->seg;
    } else if (!found.empty() && std::has_single_bit(segment->seg)) {
      *segment = {segment->timeline, segment->log + 1, 0};
    } else {
      break;
    }
    wal = to_string(*segment);
  }
  return found;
}

const catalog::XlogDb& WalArchive::index() {
  if (fs::exists(index_.path())) return index_;
  const Walk walk(config_);
  if (auto index = writer_->create()) {
    walk.run([&](const WalEntry& entry) { index->add(entry); }, [](const std::string&) {});
    index->commit();
  }
  return index_;
}

RebuildCounts WalArchive::rebuild_index() {
  const Walk walk(config_);
  const Compressions known = compressions_below_encryption(index_);
  RebuildCounts counts;
  IndexRewrite index = writer_->rewrite();
  const auto add = [&](WalEntry entry) {
    if (const auto old = known.find(entry.name);
        entry.encryption && old != known.end() && old->second.size == entry.size)
      entry.compression = old->second.compression;
    const WalKind kind = parse_wal_name(entry.name)->kind;
    ++(kind == WalKind::history        ? counts.history
       : kind == WalKind::backup_label ? counts.backup_labels
                                       : counts.wal_files);
    index.add(entry);
  };
  walk.run(add, warn_about);
  index.commit();
  return counts;
}

void WalArchive::serve_old_place() const { writer_->serve_old_place(); }

std::size_t WalArchive::remove(const Removal& removal) {
  auto lines = writer_->remove(removal.stays);
  if (!lines || lines->count() == 0) return 0;
  Emptied directories(config_.wals_directory);
  lines->for_each([&](const WalEntryView& entry) {
    signals::throw_if_pending();
    directories.enter(hash_directory(entry.name).value());
    const std::string path = location(entry.name);
    if (removal.before) removal.before(entry, path);
    const bool found = !directories.is_gone() && fs::remove_file(path);
    if (removal.after) removal.after(entry, path, found);
  });
  directories.leave_last();
  lines->commit();
  return lines->count();
}

void WalArchive::admit(const std::string& directory, const std::vector<WalEntry>& wals) {
  index();
  WalPlacement placement(*this, directory);
  for (const WalEntry& wal : wals) placement.place(wal.name);
  writer_->add_missing(wals);
  placement.keep();
}

bool WalArchive::list_copied(std::vector<WalEntry> wals,
                             const std::function<void(const WalEntry&, const std::string& problem)>& damaged) {
  std::set<std::string> directories = {config_.wals_directory};
  const auto is_damaged = [&](const WalEntry& wal) {
    const std::string path = location(wal.name);
    const auto info = fs::stat_if_exists(path);
    if (!info || info->st_size != wal.size)
      throw Error(Errc::remote, fmt::format("'{}' has {} bytes after the copy, and {} on the primary node", path,
                                            info ? info->st_size : 0, wal.size));
    directories.insert(fs::parent_directory(path));
    const auto problem = copied_problem(wal, path);
    if (!problem) {
      fs::sync_file(path);
      return false;
    }
    damaged(wal, *problem);
    fs::remove_file(path);
    return true;
  };
  const bool all_whole = std::erase_if(wals, is_damaged) == 0;
  for (const std::string& each : directories) fs::sync_directory(each);
  IndexAppender index = writer_->append();
  for (const WalEntry& wal : wals) index.append(wal);
  index.sync();
  return all_whole;
}

void WalArchive::cut_torn_line() {
  const IndexAppender index = writer_->append();
  if (!index.torn_line().empty())
    log::warning(logger, "Removed the unfinished last line of {}: {}", index_.path(), python_repr(index.torn_line()));
}

std::optional<catalog::SyncPoint> WalArchive::sync_point() const {
  const std::string path = sync_point_path(config_);
  const auto content = fs::read_file_if_exists(path);
  if (!content || trim(*content).empty()) return std::nullopt;
  const std::vector<std::string> columns = split_whitespace(*content);
  const auto position = columns.size() == 2 ? parse_decimal(columns[1]) : std::nullopt;
  if (!position)
    throw Error(Errc::corrupt, fmt::format("{} does not hold a WAL name and a position", path),
                "remove it: everything is then compared with the primary node again");
  return catalog::SyncPoint{columns[0], *position};
}

void WalArchive::set_sync_point(const catalog::SyncPoint& point) {
  fs::replace_file(sync_point_path(config_), fmt::format("{}\t{}", point.name, point.position));
}

bool remove_link_at_old_place(const config::ServerConfig& config) {
  const std::string link = index_at_old_place(config);
  const auto info = fs::lstat_if_exists(link);
  return info && S_ISLNK(info->st_mode) && fs::remove_file(link);
}

}  // namespace barman::archive
