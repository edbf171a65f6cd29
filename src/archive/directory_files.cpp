#include "directory_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <vector>

#include "barman/archive/wal_file.h"
#include "barman/core/error.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "index_writer.h"
#include "segment_listings.h"
#include "wal_intake.h"

namespace barman::archive {
namespace {

using catalog::WalEntry;
using catalog::WalEntryView;

constexpr std::size_t hash_digits = 16;
constexpr std::size_t timeline_digits = 8;
constexpr std::size_t many_segments = 10'000;  // whose directories take milliseconds to list

bool is_hash_directory(std::string_view name) {
  return name.size() == hash_digits && is_wal_segment(std::string(name) + "00000000");
}

std::optional<std::string> latest_segment_in(const std::string& directory) {
  std::optional<std::string> latest;
  for (std::string& name : fs::list_directory_if_exists(directory))
    if (is_wal_segment(name) && (!latest || name > *latest)) latest = std::move(name);
  return latest;
}

class Walk {
 public:
  explicit Walk(const config::ServerConfig& config) : config_(config), settings_(codec_settings(config)) {}

  void run(const WalFiles::Visit& visit, const WalFiles::Unexpected& unexpected) const {
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

  void hash_directory(const std::string& directory, const WalFiles::Visit& visit,
                      const WalFiles::Unexpected& unexpected) const {
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

std::int64_t micros_of(const struct ::timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

class DirectoryFiles : public WalFiles {
 public:
  explicit DirectoryFiles(const config::ServerConfig& config) : config_(config) {}

  std::string location(std::string_view name, std::string_view /*compression*/) const override {
    return path_in_archive(config_, name);
  }
  bool holds(std::string_view name) const override { return fs::exists(path_in_archive(config_, name)); }

  std::optional<StoredWal> examine(std::string_view name) const override {
    const auto info = fs::stat_if_exists(path_in_archive(config_, name));
    if (!info) return std::nullopt;
    return StoredWal{{micros_of(info->st_mtim), 0}, {micros_of(info->st_ctim), 0}};
  }

  std::map<std::uint32_t, std::string> newest() const override {
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

  std::optional<std::string> history(std::uint32_t timeline) const override {
    const std::string path = path_in_archive(config_, history_name(timeline));
    if (!fs::exists(path) || codec::looks_encrypted(codec::read_head(path))) return std::nullopt;
    if (auto text = text_of(path, config_, codec_settings(config_))) return text;
    throw Error(Errc::corrupt, fmt::format("'{}' is too long for a history file", path));
  }

  std::vector<char> are_there(std::span<const Segment> segments) const override {
    std::vector<char> there(segments.size(), 0);
    std::vector<std::size_t> begins;  // of each directory
    for (std::size_t i = 0; i < segments.size(); ++i)
      if (i == 0 || !is_same_directory(segments[i - 1], segments[i])) begins.push_back(i);
    std::optional<SegmentListings> remembered;
    if (segments.size() >= many_segments) remembered.emplace(config_.backup_directory + "/.wal-listings");
    std::vector<std::optional<Listed>> listed(begins.size());
    on_all_cores(begins.size(), [&](std::size_t i) {
      const std::size_t begin = begins[i], end = i + 1 < begins.size() ? begins[i + 1] : segments.size();
      listed[i] = find_in_directory(segments.subspan(begin, end - begin), remembered ? &*remembered : nullptr,
                                    std::span(there).subspan(begin, end - begin));
    });
    if (!remembered) return there;
    const std::time_t now = std::time(nullptr);
    for (std::size_t i = 0; i < begins.size(); ++i)
      if (listed[i]) remembered->remember(directory_of(segments[begins[i]]), listed[i]->info, now, listed[i]->names);
    remembered->drop_gone([&](const SegmentListings::Directory& directory) {
      const Segment first{directory.timeline, directory.log, 0};
      const auto at = std::ranges::lower_bound(segments, first);
      return (at != segments.end() && is_same_directory(*at, first)) || fs::exists(directory_path(first));
    });
    remembered->save();
    return there;
  }

  void read(const std::string& name, const WalArchive::Take& take) const override {
    const std::string path = path_in_archive(config_, name);
    const auto file = fs::open_if_exists(path, O_RDONLY);
    if (!file) throw Error(Errc::not_found, fmt::format("'{}' is not there", path));
    read_stored(file->get(), path, config_, settings(), take);
  }

  void walk(const Visit& visit, const Unexpected& unexpected) const override { Walk(config_).run(visit, unexpected); }
  void walk_from(std::string_view /*name*/, const Visit& /*visit*/) const override {}

  void remove(const IndexRemoval& lines, const Removal& removal) const override {
    Emptied directories(config_.wals_directory);
    lines.for_each([&](const WalEntryView& entry) {
      signals::throw_if_pending();
      directories.enter(hash_directory(entry.name).value());
      const std::string path = path_in_archive(config_, entry.name);
      if (removal.before) removal.before(entry, path);
      const bool found = !directories.is_gone() && fs::remove_file(path);
      if (removal.after) removal.after(entry, path, found);
    });
    directories.leave_last();
  }

  std::unique_ptr<WalIntake> intake(const codec::Stage& settings) const override {
    return intake_of_directory(config_, settings);
  }

 private:
  static bool is_same_directory(const Segment& a, const Segment& b) {
    return a.timeline == b.timeline && a.log == b.log;
  }

  std::string directory_path(const Segment& segment) const {
    return fs::parent_directory(path_in_archive(config_, to_string(segment)));
  }

  static SegmentListings::Directory directory_of(const Segment& segment) { return {segment.timeline, segment.log}; }

  // A directory, and how it was before it was listed.
  struct Listed {
    struct ::stat info {};
    SegmentListings::Names names;
  };

  // Of segments of one directory. For archives of a million: not a string is made. std::nullopt: it was not listed, or
  // has what cannot be remembered.
  std::optional<Listed> find_in_directory(std::span<const Segment> segments, const SegmentListings* remembered,
                                          std::span<char> there) const {
    const std::string path = directory_path(segments.front());
    const auto info = fs::stat_if_exists(path);
    if (!info) return std::nullopt;
    if (const auto* names = remembered == nullptr ? nullptr : remembered->find(directory_of(segments.front()), *info)) {
      for (std::size_t i = 0; i < segments.size(); ++i)
        there[i] = segments[i].seg < SegmentListings::most && names->has(segments[i].seg) ? 1 : 0;
      return std::nullopt;
    }
    const std::unique_ptr<::DIR, int (*)(::DIR*)> directory(::opendir(path.c_str()), &::closedir);
    if (!directory) {
      if (errno == ENOENT) return std::nullopt;
      throw_errno("open", path);
    }
    std::optional<Listed> listed = Listed{*info, {}};
    while (const ::dirent* entry = ::readdir(directory.get())) {
      const auto segment = parse_segment(entry->d_name);
      if (!segment) continue;
      if (segment->seg >= SegmentListings::most)
        listed.reset();
      else if (listed && is_same_directory(*segment, segments.front()))
        listed->names.add(segment->seg);
      const auto found = std::ranges::lower_bound(segments, *segment);
      if (found != segments.end() && *found == *segment) there[static_cast<std::size_t>(found - segments.begin())] = 1;
    }
    return listed;
  }

  // One for all that is read: the passphrase is asked for once.
  const codec::Stage& settings() const {
    std::call_once(made_, [this] { settings_ = codec_settings(config_); });
    return settings_;
  }

  const config::ServerConfig& config_;
  mutable std::once_flag made_;
  mutable codec::Stage settings_;
};

}  // namespace

std::unique_ptr<WalFiles> files_in_directory(const config::ServerConfig& config) {
  return std::make_unique<DirectoryFiles>(config);
}

std::string path_in_archive(const config::ServerConfig& config, std::string_view name) {
  return config.wals_directory + '/' + archive_path(name).value();
}

}  // namespace barman::archive
