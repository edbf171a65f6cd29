#include "barman/catalog/xlogdb.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "barman/catalog/legacy_layout.h"
#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/fs/file.h"
#include "line_reader.h"
#include "wal_line.h"

namespace barman::catalog {
namespace {

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

Listed look_for(const WalEntry& entry, int fd, const std::string& path) {
  const std::string_view timeline = std::string_view(entry.name).substr(0, timeline_digits);
  Listed listed;
  LineReader reader(fd, path);
  WalEntryView view;
  while (const auto line = reader.next()) {
    if (!parse_wal_line(*line, view)) continue;
    if (view.name == entry.name && reader.last_line_complete())
      (view.size == entry.size ? listed.right : listed.wrong) = true;
    else if (view.name.starts_with(timeline) && view.name > entry.name)
      listed.has_later = true;
  }
  return listed;
}

// Takes the entries out whose names have a line.
void remove_known(int fd, const std::string& path, std::vector<WalEntry>& entries) {
  std::vector<bool> known(entries.size());
  LineReader reader(fd, path);
  WalEntryView view;
  while (const auto line = reader.next()) {
    if (!reader.last_line_complete() || !parse_wal_line(*line, view)) continue;
    const auto found = std::ranges::lower_bound(entries, view.name, {}, &WalEntry::name);
    if (found != entries.end() && found->name == view.name)
      known[static_cast<std::size_t>(found - entries.begin())] = true;
  }
  std::size_t at = 0;
  std::erase_if(entries, [&](const WalEntry&) { return known[at++]; });
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
    if (tail.size() > longest_line)
      throw Error(Errc::corrupt, fmt::format("{} ends in what is no line of an index", path));
  }
  return tail;
}

}  // namespace

std::string XlogDb::damage_hint() const {
  return fmt::format("Please run \"barman rebuild-xlogdb {}\" to solve this issue", server_);
}

XlogDb::XlogDb(const config::ServerConfig& config, const fs::LockDirectory& locks)
    : config_(config),
      server_(config.name),
      path_(config.xlogdb_directory + '/' + config.name + "-xlog.db"),
      lock_(locks.xlogdb()) {}

void XlogDb::bad_line(std::size_t number, std::string_view line) const {
  constexpr std::size_t shown = 200;
  throw Error(Errc::corrupt,
              fmt::format("cannot parse line {} of {}: {}{}", number, path_, python_repr(line.substr(0, shown)),
                          line.size() > shown ? fmt::format("... ({} bytes)", line.size()) : ""),
              damage_hint());
}

void XlogDb::for_each(const std::function<bool(const WalEntryView&)>& visit,
                      const std::function<void(const Error&)>& on_bad) const {
  if (!fs::exists(path_)) return;
  const fs::LockFile lock = fs::LockFile::acquire(lock_);
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  if (!file) return;
  LineReader reader(file->get(), path_);
  WalEntryView view;
  std::size_t number = 0;
  while (const auto line = next_line(reader, on_bad)) {
    ++number;
    if (parse_wal_line(*line, view)) {
      if (!visit(view)) return;
      continue;
    }
    if (!reader.last_line_complete()) return;  // its writer was killed, and has removed no source for it
    try {
      bad_line(number, *line);
    } catch (const Error& error) {
      if (!on_bad) throw;
      on_bad(error);
    }
  }
}

// What is no text has no further line either.
std::optional<std::string_view> XlogDb::next_line(LineReader& reader,
                                                  const std::function<void(const Error&)>& on_bad) const {
  try {
    return reader.next();
  } catch (const Error& error) {
    const Error damage(error.code(), error.what(), error.code() == Errc::corrupt ? damage_hint() : error.hint());
    if (!on_bad || error.code() != Errc::corrupt) throw damage;
    on_bad(damage);
    return std::nullopt;
  }
}

bool XlogDb::empty() const {
  const auto info = fs::stat_if_exists(path_);
  return !info || info->st_size == 0;
}

struct XlogDb::Appender::State {
  fs::LockFile lock;
  std::string path;
  UniqueFd fd;
  off_t size = 0;
  std::string torn;
};

XlogDb::Appender::Appender(std::unique_ptr<State> state) : state_(std::move(state)) {}
XlogDb::Appender::Appender(Appender&&) noexcept = default;
XlogDb::Appender::~Appender() = default;

void XlogDb::Appender::append(const WalEntry& entry) {
  const std::string line = serialize(entry);
  try {
    fs::write_all(state_->fd.get(), line, state_->path);
  } catch (const Error&) {
    // Half a line would stop every reader; when even this fails, the next append ends the line (see XlogDb::append).
    [[maybe_unused]] const int result = ::ftruncate(state_->fd.get(), state_->size);
    throw;
  }
  state_->size += static_cast<off_t>(line.size());
}

void XlogDb::Appender::sync() { fs::sync_fd(state_->fd.get(), state_->path); }

const std::string& XlogDb::Appender::torn_line() const { return state_->torn; }

XlogDb::Appender XlogDb::append() {
  fs::make_directories(fs::parent_directory(path_));
  return append_under(fs::LockFile::acquire(lock_));
}

XlogDb::Appender XlogDb::append_under(fs::LockFile lock) {
  const bool fresh = !fs::exists(path_);
  UniqueFd fd = fs::open_file(path_, O_RDWR | O_CREAT | O_APPEND);
  if (fresh) {
    fs::sync_directory(fs::parent_directory(path_));
    settle_old_place(true);
  }
  struct ::stat info;
  if (::fstat(fd.get(), &info) != 0) throw_errno("examine", path_);
  auto state =
      std::make_unique<Appender::State>(Appender::State{std::move(lock), path_, std::move(fd), info.st_size, {}});
  state->torn = unfinished_line(state->fd.get(), info.st_size, path_);
  if (!state->torn.empty()) {
    state->size -= static_cast<off_t>(state->torn.size());
    if (::ftruncate(state->fd.get(), state->size) != 0) throw_errno("shorten", path_);
  }
  return Appender(std::move(state));
}

XlogDb::Change XlogDb::put(const WalEntry& entry, const std::function<void()>& first) {
  fs::make_directories(fs::parent_directory(path_));
  fs::LockFile lock = fs::LockFile::acquire(lock_);
  if (first) first();
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  const Listed listed = file ? look_for(entry, file->get(), path_) : Listed{};
  if (listed.right && !listed.wrong) return Change::none;
  if (listed.wrong || listed.has_later) {
    fs::FileReplacement replacement(path_, mode_of(file->get(), path_));
    merge(file->get(), path_, {entry}, replacement);
    replacement.commit();
  } else {
    Appender appender = append_under(std::move(lock));
    appender.append(entry);
    appender.sync();
  }
  return listed.wrong ? Change::corrected : Change::added;
}

std::size_t XlogDb::add_missing(std::vector<WalEntry> entries) {
  fs::make_directories(fs::parent_directory(path_));
  const fs::LockFile lock = fs::LockFile::acquire(lock_);
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  std::ranges::sort(entries, {}, &WalEntry::name);
  if (file) remove_known(file->get(), path_, entries);
  if (entries.empty()) return 0;
  fs::FileReplacement replacement(path_, file ? mode_of(file->get(), path_) : fs::default_file_mode);
  if (file)
    merge(file->get(), path_, entries, replacement);
  else
    for (const WalEntry& entry : entries) replacement.write(serialize(entry));
  replacement.commit();
  return entries.size();
}

std::size_t XlogDb::prune(const std::function<bool(const WalEntryView&)>& keep,
                          const std::function<void(const WalEntryView&)>& dropped,
                          const std::function<void()>& all_dropped) {
  if (!fs::exists(path_)) return 0;
  const fs::LockFile lock = fs::LockFile::acquire(lock_);
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  if (!file) return 0;

  std::vector<Range> kept, gone;
  std::size_t count = 0;
  std::size_t number = 0;
  WalEntryView view;
  LineReader reader(file->get(), path_);
  while (const auto line = reader.next()) {
    ++number;
    if (!parse_wal_line(*line, view)) {
      if (!reader.last_line_complete()) break;
      bad_line(number, *line);
    }
    const bool stays = keep(view);
    extend(stays ? kept : gone, reader.line_begin(), reader.line_end());
    if (!stays) ++count;
  }
  if (count == 0) return 0;
  const bool complete = reader.last_line_complete();

  if (dropped) {
    for (const Range& range : gone) {
      seek(file->get(), range.begin, path_);
      LineReader again(file->get(), path_, range.begin);
      while (again.line_end() < range.end) {
        const auto line = again.next();
        if (!line || !parse_wal_line(*line, view))
          throw Error(Errc::io, fmt::format("{} changed while it was read", path_));
        dropped(view);
      }
    }
  }
  if (all_dropped) all_dropped();

  fs::FileReplacement replacement(path_, mode_of(file->get(), path_));
  for (const Range& range : kept) copy_range(file->get(), range, replacement, path_);
  if (!complete && !kept.empty() && kept.back().end == reader.line_end()) replacement.write("\n");
  replacement.commit();
  return count;
}

void XlogDb::write_all(const std::function<void(const std::function<void(const WalEntry&)>&)>& produce) {
  fs::FileReplacement replacement(path_);
  std::string pending;
  produce([&](const WalEntry& entry) {
    pending += serialize(entry);
    if (pending.size() >= write_buffer_size) {
      replacement.write(pending);
      pending.clear();
    }
  });
  replacement.write(pending);
  replacement.commit();
}

void XlogDb::rebuild(const std::function<void(const std::function<void(const WalEntry&)>&)>& produce) {
  fs::make_directories(fs::parent_directory(path_));
  const fs::LockFile lock = fs::LockFile::acquire(lock_);
  const bool first = !fs::exists(path_);
  write_all(produce);
  settle_old_place(first);
}

void XlogDb::ensure(const std::function<void(const std::function<void(const WalEntry&)>&)>& produce) {
  if (fs::exists(path_) || !fs::is_directory(fs::parent_directory(path_))) return;
  const fs::LockFile lock = fs::LockFile::acquire(lock_);
  if (fs::exists(path_)) return;
  write_all(produce);
  settle_old_place(true);
}

void XlogDb::serve_old_place() const {
  if (!config_.legacy_links || !fs::exists(path_) || is_legacy_index_linked(config_, path_)) return;
  const std::optional<fs::LockFile> lock = fs::LockFile::try_acquire(lock_);
  if (lock) settle_old_place(false);
}

// Beside an index that is not new, an old one is no concern of ours unless its place is wanted.
void XlogDb::settle_old_place(bool new_index) const {
  if (new_index || config_.legacy_links) set_legacy_index_aside(config_);
  if (config_.legacy_links) link_legacy_index(config_, path_);
}

}  // namespace barman::catalog
