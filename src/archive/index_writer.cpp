#include "index_writer.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "barman/catalog/line_reader.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::archive {
namespace {

using catalog::LineReader;
using catalog::parse_wal_line;
using catalog::WalEntry;
using catalog::WalEntryView;

constexpr std::size_t write_buffer_size = 256 * 1024;
constexpr std::size_t timeline_digits = 8;

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

void extend(std::vector<Range>& ranges, std::uint64_t begin, std::uint64_t end) {
  if (!ranges.empty() && ranges.back().end == begin)
    ranges.back().end = end;
  else
    ranges.push_back({begin, end});
}

void seek(int fd, std::uint64_t offset, const std::string& path) {
  if (::lseek(fd, static_cast<off_t>(offset), SEEK_SET) < 0) throw_errno("seek in", path);
}

void copy_range(int from, const Range& range, fs::FileReplacement& to, const std::string& path) {
  std::vector<char> buffer(write_buffer_size);
  seek(from, range.begin, path);
  for (std::uint64_t left = range.end - range.begin; left > 0;) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    const std::size_t got = fs::read_some(from, std::span(buffer).first(want), path);
    if (got == 0) throw Error(Errc::io, fmt::format("{} became shorter while it was read", path));
    to.write({buffer.data(), got});
    left -= got;
  }
}

// Those of the entries that are on one timeline and not yet written.
struct Run {
  std::string_view timeline;
  std::vector<WalEntry>::const_iterator next, end;
};

std::vector<Run> runs_of(const std::vector<WalEntry>& entries) {
  std::vector<Run> runs;
  for (auto at = entries.begin(); at != entries.end(); ++at) {
    const std::string_view timeline = std::string_view(at->name).substr(0, timeline_digits);
    if (runs.empty() || runs.back().timeline != timeline) runs.push_back({timeline, at, at});
    runs.back().end = at + 1;
  }
  return runs;
}

// Copies the lines of an index and puts each entry (ascending) before the first line of its timeline that has a higher
// name, or at the end; lines that were there for them are left out, and an unfinished last line: its writer was killed.
void merge(int fd, const std::string& path, const std::vector<WalEntry>& entries, fs::FileReplacement& to) {
  seek(fd, 0, path);
  std::vector<Run> runs = runs_of(entries);
  LineReader reader(fd, path);
  WalEntryView view;
  std::string text;
  while (const auto line = reader.next()) {
    if (!reader.last_line_complete()) break;
    if (parse_wal_line(*line, view)) {
      for (Run& run : runs)
        if (view.name.starts_with(run.timeline))
          for (; run.next != run.end && run.next->name < view.name; ++run.next) text += serialize(*run.next);
      if (std::ranges::binary_search(entries, view.name, {}, &WalEntry::name)) continue;
    }
    text += *line;
    text += '\n';
    if (text.size() >= write_buffer_size) {
      to.write(text);
      text.clear();
    }
  }
  for (Run& run : runs)
    for (; run.next != run.end; ++run.next) text += serialize(*run.next);
  to.write(text);
}

// What an index says of a file.
struct Listed {
  bool right = false;      // a line with its size
  bool wrong = false;      // a line with another size
  bool has_later = false;  // a line of its timeline with a higher name
};

// Of each entry; the entries are ascending.
std::vector<Listed> look_for(const std::vector<WalEntry>& entries, int fd, const std::string& path) {
  std::vector<Listed> listed(entries.size());
  std::map<std::string, std::string, std::less<>> highest;  // of each timeline in question
  for (const WalEntry& entry : entries) highest.try_emplace(entry.name.substr(0, timeline_digits));
  LineReader reader(fd, path);
  WalEntryView view;
  while (const auto line = reader.next()) {
    if (!parse_wal_line(*line, view)) continue;
    const auto timeline = highest.find(view.name.substr(0, timeline_digits));
    if (timeline == highest.end()) continue;
    if (view.name > timeline->second) timeline->second = view.name;
    const auto found = std::ranges::lower_bound(entries, view.name, {}, &WalEntry::name);
    if (found == entries.end() || found->name != view.name || !reader.last_line_complete()) continue;
    Listed& known = listed[static_cast<std::size_t>(found - entries.begin())];
    (view.size == found->size ? known.right : known.wrong) = true;
  }
  for (std::size_t i = 0; i < entries.size(); ++i)
    listed[i].has_later = highest.find(entries[i].name.substr(0, timeline_digits))->second > entries[i].name;
  return listed;
}

mode_t mode_of(int fd, const std::string& path) {
  struct ::stat info;
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  return info.st_mode & 07777;
}

// What follows the last newline: empty in a healthy file.
std::string unfinished_line(int fd, off_t size, const std::string& path) {
  constexpr off_t step = 4096;
  std::string tail;
  for (off_t at = size; at > 0;) {
    const off_t from = std::max<off_t>(0, at - step);
    std::string piece(static_cast<std::size_t>(at - from), '\0');
    if (::pread(fd, piece.data(), piece.size(), from) != static_cast<ssize_t>(piece.size())) throw_errno("read", path);
    const std::size_t newline = piece.rfind('\n');
    if (newline != std::string::npos) return piece.substr(newline + 1) + tail;
    tail.insert(0, piece);
    at = from;
    if (tail.size() > catalog::longest_line)
      throw Error(Errc::corrupt, fmt::format("{} ends in what is no line of an index", path));
  }
  return tail;
}

// --- The previous location of the index

std::string free_name(const std::string& wanted) {
  std::string name = wanted;
  for (int number = 1; fs::lstat_if_exists(name); ++number) name = fmt::format("{}.{}", wanted, number);
  return name;
}

// Where `to` is, seen from the directory that holds `link`, with the directories that links on the way lead to.
std::string relative_target(const std::string& link, const std::string& to) {
  const std::filesystem::path here = fs::real_path(fs::parent_directory(link));
  const std::filesystem::path there = fs::real_path(fs::parent_directory(to));
  return (there.lexically_relative(here) / std::filesystem::path(to).filename()).lexically_normal().string();
}

// A file there is the index of an old version: it is kept as {S}-xlog.db.old, which neither program reads.
void set_legacy_index_aside(const config::ServerConfig& config) {
  const std::string old_index = index_at_old_place(config);
  const auto info = fs::lstat_if_exists(old_index);
  if (!info || !S_ISREG(info->st_mode)) return;
  const std::string name = free_name(fmt::format("{}/{}-xlog.db.old", config.wals_directory, config.name));
  fs::rename_file(old_index, name);
  fs::sync_directory(config.wals_directory);
  log::info("barman.server", "The WAL index of an older version, {}, is kept as {}", old_index, name);
}

bool is_legacy_index_linked(const config::ServerConfig& config, const std::string& index) {
  const auto link = fs::lstat_if_exists(index_at_old_place(config));
  if (!link || !S_ISLNK(link->st_mode)) return false;
  const auto at_old_place = fs::stat_if_exists(index_at_old_place(config));
  const auto at_new_place = fs::stat_if_exists(index);
  return at_old_place && at_new_place && at_old_place->st_ino == at_new_place->st_ino &&
         at_old_place->st_dev == at_new_place->st_dev;
}

// Versions that had it knew no object stores.
bool has_old_place(const config::ServerConfig& config) { return !config.keeps_wal_in_store(); }

// With a relative target; a link that leads elsewhere is replaced.
void link_legacy_index(const config::ServerConfig& config, const std::string& index) {
  if (!fs::is_directory(config.wals_directory) || is_legacy_index_linked(config, index)) return;
  const std::string link = index_at_old_place(config);
  const auto found = fs::lstat_if_exists(link);
  if (found && !S_ISLNK(found->st_mode)) return;
  fs::remove_file(link);
  fs::make_symlink(relative_target(link, index), link);
  fs::sync_directory(config.wals_directory);
}

}  // namespace

// --- Lines that are added

struct IndexAppender::State {
  std::optional<fs::LockFile> lock;
  std::string path;
  UniqueFd fd;
  off_t size = 0;
  std::string torn;
};

IndexAppender::IndexAppender(std::unique_ptr<State> state) : state_(std::move(state)) {}
IndexAppender::IndexAppender(IndexAppender&&) noexcept = default;
IndexAppender::~IndexAppender() = default;

void IndexAppender::append(const WalEntry& entry) {
  const std::string line = serialize(entry);
  try {
    fs::write_all(state_->fd.get(), line, state_->path);
  } catch (const Error&) {
    // Half a line would stop every reader; when even this fails, the next append cuts the line off (see
    // IndexWriter::append).
    [[maybe_unused]] const int result = ::ftruncate(state_->fd.get(), state_->size);
    throw;
  }
  state_->size += static_cast<off_t>(line.size());
}

void IndexAppender::sync() { fs::sync_fd(state_->fd.get(), state_->path); }

const std::string& IndexAppender::torn_line() const { return state_->torn; }

// --- Lines that leave

struct IndexRemoval::State {
  fs::LockFile lock;
  std::string path;
  UniqueFd fd;
  std::vector<Range> kept{}, gone{};
  std::size_t count = 0;
  bool ends_in_newline = true;  // of what is kept
};

IndexRemoval::IndexRemoval(std::unique_ptr<State> state) : state_(std::move(state)) {}
IndexRemoval::IndexRemoval(IndexRemoval&&) noexcept = default;
IndexRemoval::~IndexRemoval() = default;

std::size_t IndexRemoval::count() const { return state_->count; }

void IndexRemoval::for_each(const std::function<void(const WalEntryView&)>& visit) const {
  const int fd = state_->fd.get();
  const std::string& path = state_->path;
  WalEntryView view;
  for (const Range& range : state_->gone) {
    seek(fd, range.begin, path);
    LineReader reader(fd, path, range.begin);
    while (reader.line_end() < range.end) {
      const auto line = reader.next();
      if (!line || !parse_wal_line(*line, view))
        throw Error(Errc::io, fmt::format("{} changed while it was read", path));
      visit(view);
    }
  }
}

void IndexRemoval::commit() {
  fs::FileReplacement replacement(state_->path, mode_of(state_->fd.get(), state_->path));
  for (const Range& range : state_->kept) copy_range(state_->fd.get(), range, replacement, state_->path);
  if (!state_->ends_in_newline) replacement.write("\n");
  replacement.commit();
}

// --- A new index

IndexRewrite::IndexRewrite(const IndexWriter& index, fs::LockFile lock)
    : index_(index),
      lock_(std::move(lock)),
      first_(!fs::exists(index.path())),
      file_(std::make_unique<fs::FileReplacement>(index.path())) {}

void IndexRewrite::add(const WalEntry& entry) {
  pending_ += serialize(entry);
  if (pending_.size() < write_buffer_size) return;
  file_->write(pending_);
  pending_.clear();
}

void IndexRewrite::commit() {
  file_->write(pending_);
  file_->commit();
  index_.settle_old_place(first_);
}

// --- The index

std::string index_at_old_place(const config::ServerConfig& config) { return config.wals_directory + "/xlog.db"; }

IndexWriter::IndexWriter(const config::ServerConfig& config, const fs::LockDirectory& locks)
    : config_(config), reader_(config, locks), path_(reader_.path()), lock_(locks.xlogdb()) {}

fs::LockFile IndexWriter::lock() const {
  fs::make_directories(fs::parent_directory(path_));
  return fs::LockFile::acquire(lock_);
}

std::optional<fs::LockFile> IndexWriter::try_lock() const { return fs::LockFile::try_acquire(lock_); }

IndexAppender IndexWriter::append() const { return append_under(lock()); }

IndexAppender IndexWriter::append_under(std::optional<fs::LockFile> lock) const {
  const bool fresh = !fs::exists(path_);
  UniqueFd fd = fs::open_file(path_, O_RDWR | O_CREAT | O_APPEND);
  if (fresh) {
    fs::sync_directory(fs::parent_directory(path_));
    settle_old_place(true);
  }
  struct ::stat info;
  if (::fstat(fd.get(), &info) != 0) throw_errno("examine", path_);
  auto state = std::make_unique<IndexAppender::State>(
      IndexAppender::State{std::move(lock), path_, std::move(fd), info.st_size, {}});
  state->torn = unfinished_line(state->fd.get(), info.st_size, path_);
  if (!state->torn.empty()) {
    state->size -= static_cast<off_t>(state->torn.size());
    if (::ftruncate(state->fd.get(), state->size) != 0) throw_errno("shorten", path_);
  }
  return IndexAppender(std::move(state));
}

IndexWriter::Change IndexWriter::put(const WalEntry& entry, const fs::LockFile& /*held*/) const {
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  const Listed listed = file ? look_for({entry}, file->get(), path_).front() : Listed{};
  if (listed.right && !listed.wrong) return Change::none;
  if (listed.wrong || listed.has_later) {
    fs::FileReplacement replacement(path_, mode_of(file->get(), path_));
    merge(file->get(), path_, {entry}, replacement);
    replacement.commit();
  } else {
    IndexAppender appender = append_under(std::nullopt);
    appender.append(entry);
    appender.sync();
  }
  return listed.wrong ? Change::corrected : Change::added;
}

std::size_t IndexWriter::add_missing(std::vector<WalEntry> entries) const {
  const fs::LockFile held = lock();
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  std::ranges::sort(entries, {}, &WalEntry::name);
  if (file) {
    const std::vector<Listed> listed = look_for(entries, file->get(), path_);
    std::size_t at = 0;
    std::erase_if(entries, [&](const WalEntry&) {
      const Listed& known = listed[at++];
      return known.right || known.wrong;
    });
  }
  if (entries.empty()) return 0;
  fs::FileReplacement replacement(path_, file ? mode_of(file->get(), path_) : fs::default_file_mode);
  if (file)
    merge(file->get(), path_, entries, replacement);
  else
    for (const WalEntry& entry : entries) replacement.write(serialize(entry));
  replacement.commit();
  return entries.size();
}

std::optional<IndexRemoval> IndexWriter::remove(const std::function<bool(const WalEntryView&)>& stays) const {
  if (!fs::exists(path_)) return std::nullopt;
  fs::LockFile held = fs::LockFile::acquire(lock_);
  auto file = fs::open_if_exists(path_, O_RDONLY);
  if (!file) return std::nullopt;
  auto state = std::make_unique<IndexRemoval::State>(IndexRemoval::State{std::move(held), path_, std::move(*file)});
  std::size_t number = 0;
  WalEntryView view;
  LineReader reader(state->fd.get(), path_);
  while (const auto line = reader.next()) {
    ++number;
    if (!parse_wal_line(*line, view)) {
      if (!reader.last_line_complete()) break;
      throw reader_.bad_line(number, *line);
    }
    const bool kept = stays(view);
    extend(kept ? state->kept : state->gone, reader.line_begin(), reader.line_end());
    if (!kept) ++state->count;
  }
  state->ends_in_newline =
      reader.last_line_complete() || state->kept.empty() || state->kept.back().end != reader.line_end();
  return IndexRemoval(std::move(state));
}

IndexRewrite IndexWriter::rewrite() const { return {*this, lock()}; }

std::optional<IndexRewrite> IndexWriter::create(const Deadline& deadline) const {
  if (fs::exists(path_) || !fs::is_directory(fs::parent_directory(path_))) return std::nullopt;
  fs::LockFile held = fs::LockFile::acquire(lock_, deadline);
  if (fs::exists(path_)) return std::nullopt;
  return IndexRewrite(*this, std::move(held));
}

void IndexWriter::serve_old_place() const {
  if (!has_old_place(config_) || !config_.legacy_links || !fs::exists(path_) || is_legacy_index_linked(config_, path_))
    return;
  const std::optional<fs::LockFile> lock = fs::LockFile::try_acquire(lock_);
  if (lock) settle_old_place(false);
}

// Beside an index that is not new, an old one is left alone unless its place is wanted.
void IndexWriter::settle_old_place(bool new_index) const {
  if (!has_old_place(config_)) return;
  if (new_index || config_.legacy_links) set_legacy_index_aside(config_);
  if (config_.legacy_links) link_legacy_index(config_, path_);
}

}  // namespace barman::archive
