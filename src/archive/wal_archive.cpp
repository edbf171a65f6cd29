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
#include "barman/archive/wal_notes.h"
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
#include "directory_files.h"
#include "index_writer.h"
#include "store_files.h"
#include "wal_files.h"

namespace barman::archive {
namespace {

using catalog::WalEntry;
using catalog::WalEntryView;

constexpr std::string_view logger = "barman.server";
constexpr int attempts = 3;
constexpr const char* sync_point_file = "/sync-wals.info";

// Why a copied file is of no use to a recovery. Damage to what is compressed shows when it is unpacked.
std::optional<std::string> copied_problem(const WalEntry& wal, const std::string& path) {
  if (wal.compression || wal.encryption) return std::nullopt;
  return plain_problem(*parse_wal_name(wal.name), fs::open_file(path, O_RDONLY).get(), path);
}

void warn_about(const std::string& path) {
  const char* what = "unexpected file";
  if (fs::is_directory(path))
    what = "unexpected directory";
  else if (path.ends_with(".tmp"))
    what = "temporary file found";
  log::warning(logger, "{} rebuilding the wal database: {}", what, path);
}

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

WalArchive::WalArchive(const config::ServerConfig& config, const fs::LockDirectory& locks, OpenPlace open_place)
    : config_(config),
      index_(config, locks),
      writer_(std::make_unique<IndexWriter>(config, locks)),
      files_(config.keeps_wal_in_store() ? files_in_store(config, std::move(open_place)) : files_in_directory(config)) {
}
WalArchive::WalArchive(WalArchive&&) noexcept = default;
WalArchive::~WalArchive() = default;

std::string WalArchive::location(std::string_view name) const {
  return files_->location(name, config_.compression.value_or(""));
}

std::string WalArchive::location(const WalEntryView& entry) const {
  return files_->location(entry.name, entry.compression);
}

const std::string& WalArchive::directory() const {
  if (!config_.keeps_wal_in_store()) return config_.wals_directory;
  throw Error(Errc::refused, fmt::format("the WAL of server '{}' is not in a directory but in an object store, {}",
                                         config_.name, config_.wals_directory));
}

bool WalArchive::holds(std::string_view name) const { return files_->holds(name); }

std::optional<StoredWal> WalArchive::examine(std::string_view name) const { return files_->examine(name); }

std::map<std::uint32_t, std::string> WalArchive::newest() const { return files_->newest(); }

std::optional<std::uint32_t> WalArchive::highest_timeline() const {
  const auto latest = newest();
  return latest.empty() ? std::nullopt : std::optional(latest.rbegin()->first);
}

std::optional<std::string> WalArchive::locate(const std::string& name, bool partial) const {
  const WalQueue incoming = queue(Origin::file), streaming = queue(Origin::streaming);
  const std::string archived = directory() + '/' + archive_path(name).value();
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

std::optional<std::string> WalArchive::history(std::uint32_t timeline) const { return files_->history(timeline); }

std::vector<char> WalArchive::are_there(std::span<const Segment> segments) const { return files_->are_there(segments); }

void WalArchive::read(const std::string& name, const Take& take) const { files_->read(name, take); }

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

void WalArchive::set_deadline(const Deadline& deadline) { index_.set_deadline(deadline); }

const catalog::XlogDb& WalArchive::index() {
  if (fs::exists(index_.path())) return index_;
  if (auto index = writer_->create(index_.deadline())) {
    files_->walk([&](const WalEntry& entry) { index->add(entry); }, [](const std::string&) {});
    index->commit();
  }
  return index_;
}

void WalArchive::for_each(std::string_view from, const std::function<void(const WalEntryView&)>& visit) {
  const bool in_store = config_.keeps_wal_in_store();
  std::string newest;
  if (!config_.is_second_copy)
    index().for_each([&](const WalEntryView& entry) {
      if (in_store && entry.name > newest && is_wal_segment(entry.name)) newest = entry.name;
      visit(entry);
      return true;
    });
  if (!in_store) return;
  std::string_view lines = unlisted_from(std::max(newest, std::string(from)));
  WalEntryView view;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    if (catalog::parse_wal_line(line, view) && view.name > newest) visit(view);
  }
}

const std::string& WalArchive::unlisted_from(const std::string& name) {
  if (!unlisted_ || unlisted_->from != name) {
    Unlisted unlisted{name, {}};
    files_->walk_from(name, [&](const WalEntry& entry) { unlisted.lines += serialize(entry); });
    unlisted_ = std::move(unlisted);
  }
  return unlisted_->lines;
}

RebuildCounts WalArchive::rebuild_index() {
  codec_settings(config_);  // what is wrong with them is reported before the lock is taken
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
  files_->walk(add, warn_about);
  index.commit();
  WalNotes(config_).drop_all();
  return counts;
}

void WalArchive::serve_old_place() const { writer_->serve_old_place(); }

std::size_t WalArchive::remove(const Removal& removal) {
  auto lines = writer_->remove(removal.stays);
  if (!lines || lines->count() == 0) return 0;
  files_->remove(*lines, removal);
  std::set<Segment> gone;
  lines->for_each([&](const WalEntryView& entry) {
    if (const auto segment = parse_segment(entry.name)) gone.insert(*segment);
  });
  lines->commit();
  forget(gone);
  return lines->count();
}

// Lines that stay for too long count for nothing.
void WalArchive::forget(const std::set<Segment>& gone) const {
  try {
    WalNotes(config_).keep(
        [&](const Segment& segment, const StoredAs&, std::uint64_t) { return !gone.contains(segment); });
  } catch (const Error& error) {
    log::warning(logger, "Cannot drop the notes of deleted WAL of server {}: {}", config_.name, error.what());
  }
}

bool WalArchive::change_notes(const std::function<void(const WalNotes&)>& change) const {
  constexpr int most_looks = 20, pause_ms = 50;
  if (config_.is_second_copy || !fs::is_directory(config_.backup_directory)) return false;
  try {
    for (int look = 0; look < most_looks; ++look) {
      if (const auto lock = writer_->try_lock()) {
        change(WalNotes(config_));
        return true;
      }
      signals::sleep_ms(pause_ms);
      signals::throw_if_pending();
    }
    log::debug(logger, "The index of server {} is locked: nothing is noted of its WAL for now", config_.name);
  } catch (const Error& error) {
    log::warning(logger, "Cannot note what the WAL of server {} holds: {}", config_.name, error.what());
  }
  return false;
}

void WalArchive::admit(const std::string& directory, const std::vector<WalEntry>& wals) {
  this->directory();  // refuses an object store
  index();
  WalPlacement placement(*this, directory);
  for (const WalEntry& wal : wals) placement.place(wal.name);
  writer_->add_missing(wals);
  placement.keep();
}

bool WalArchive::list_copied(std::vector<WalEntry> wals,
                             const std::function<void(const WalEntry&, const std::string& problem)>& damaged) {
  std::set<std::string> directories = {directory()};
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
  const std::string path = directory() + sync_point_file;
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
  fs::replace_file(directory() + sync_point_file, fmt::format("{}\t{}", point.name, point.position));
}

bool remove_link_at_old_place(const config::ServerConfig& config) {
  if (config.keeps_wal_in_store()) return false;
  const std::string link = index_at_old_place(config);
  const auto info = fs::lstat_if_exists(link);
  return info && S_ISLNK(info->st_mode) && fs::remove_file(link);
}

}  // namespace barman::archive
