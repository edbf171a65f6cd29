#include "barman/archive/wal_notes.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

#include "barman/catalog/line_reader.h"
#include "barman/core/error.h"
#include "barman/core/large_pages.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "note_lines.h"

namespace barman::archive {
namespace {

// For one thread at a time, small enough to stay in its cache.
constexpr std::size_t piece_size = 512 * 1024;
constexpr std::size_t longest_line = 8 * 1024 * 1024;
constexpr std::size_t tail_size = 256 * 1024;
constexpr mode_t notes_mode = 0600;

std::uint64_t size_of(int fd, const std::string& path) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  return static_cast<std::uint64_t>(info.st_size);
}

// From `begin` on, as far as the file goes.
void read_at(int fd, std::uint64_t begin, std::size_t size, const std::string& path, std::string& bytes) {
  bytes.resize(size);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::pread(fd, bytes.data() + filled, size - filled, static_cast<off_t>(begin + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read", path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
}

std::string read_at(int fd, std::uint64_t begin, std::size_t size, const std::string& path) {
  std::string bytes;
  read_at(fd, begin, size, path, bytes);
  return bytes;
}

// The lines that begin in one piece of the file.
void take_line(std::string_view line, std::uint64_t place, LoadedNotes& piece) {
  ++piece.lines;
  LoadedNotes::Line read_from{.stored = {}, .place = place};
  WalNote note;
  std::vector<NotedPoint> points;
  if (!take_stored(line, read_from.stored) || !parse_note_line(line, note, points)) return;
  for (NotedPoint& point : points) piece.points.push_back({note.segment, place, std::move(point)});
  piece.notes.push_back(note);
  piece.read_from.push_back(read_from);
}

// A line belongs to the piece in which it begins. What has no end is no line: its writer was killed, or is at work.
LoadedNotes read_piece(int fd, std::uint64_t begin, std::uint64_t end, const std::string& path) {
  const std::uint64_t from = begin == 0 ? 0 : begin - 1;  // whether a line begins at `begin`
  thread_local std::string bytes;                         // one for all pieces: new memory costs as much as parsing
  read_at(fd, from, end - from, path, bytes);
  std::size_t at = 0;
  if (begin != 0) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string::npos) return {};
    at = newline + 1;
  }
  while (!bytes.empty() && bytes.back() != '\n') {  // up to the end of the last line
    const std::string more = read_at(fd, from + bytes.size(), 4096, path);
    if (more.empty()) break;
    const std::size_t newline = more.find('\n');
    bytes.append(more, 0, newline == std::string::npos ? more.size() : newline + 1);
  }
  LoadedNotes piece;
  const std::size_t most = (bytes.size() - at) / (stored_columns + shortest_note_line);
  piece.notes.reserve(most);
  piece.read_from.reserve(most);
  while (at < bytes.size()) {
    const void* found = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    if (found == nullptr) break;
    const auto stop = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    take_line(std::string_view(bytes).substr(at, stop - at), from + at, piece);
    at = stop + 1;
  }
  return piece;
}

// One behind the other, each as soon as it is read: what is still in the cache of a core is copied for nothing, and its
// memory serves for the next one.
LoadedNotes read_pieces(int fd, std::uint64_t size, const std::string& path) {
  LoadedNotes all;
  const std::uint64_t most = size / (stored_columns + shortest_note_line);
  all.notes.reserve(most);
  all.read_from.reserve(most);
  prefer_large_pages(all.notes);
  prefer_large_pages(all.read_from);
  OrderedResults<LoadedNotes> pieces(
      (size + piece_size - 1) / piece_size, core_count(), 2 * core_count(), [&](std::size_t i) {
        return read_piece(fd, i * piece_size, std::min<std::uint64_t>(size, (i + 1) * piece_size), path);
      });
  while (auto piece = pieces.next()) {
    signals::throw_if_pending();
    all.lines += piece->lines;
    all.notes.insert(all.notes.end(), piece->notes.begin(), piece->notes.end());
    all.read_from.insert(all.read_from.end(), piece->read_from.begin(), piece->read_from.end());
    std::ranges::move(piece->points, std::back_inserter(all.points));
  }
  return all;
}

// Of each segment the last line.
void settle(LoadedNotes& loaded) {
  const auto rising = [](const WalNote& a, const WalNote& b) { return a.segment >= b.segment; };
  if (std::ranges::adjacent_find(loaded.notes, rising) == loaded.notes.end()) return;
  std::vector<std::size_t> order(loaded.notes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto segment_at = [&](std::size_t i) -> const Segment& { return loaded.notes[i].segment; };
  std::ranges::stable_sort(order, {}, segment_at);
  LoadedNotes settled{.notes = {}, .read_from = {}, .points = std::move(loaded.points), .lines = loaded.lines};
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i + 1 < order.size() && segment_at(order[i]) == segment_at(order[i + 1])) continue;
    settled.notes.push_back(loaded.notes[order[i]]);
    settled.read_from.push_back(loaded.read_from[order[i]]);
  }
  std::ranges::stable_sort(settled.points, {}, &LoadedNotes::Point::segment);
  loaded = std::move(settled);
}

}  // namespace

WalNotes::WalNotes(const config::ServerConfig& config) : path_(config.backup_directory + "/.wal-notes") {}

LoadedNotes WalNotes::load() {
  auto file = fs::open_if_exists(path_, O_RDONLY);
  if (!file) return {};
  loaded_ = std::move(*file);
  const std::uint64_t size = size_of(loaded_.get(), path_);
  LoadedNotes loaded = read_pieces(loaded_.get(), size, path_);
  settle(loaded);
  return loaded;
}

std::optional<NotedSegment> WalNotes::read(const LoadedNotes::Line& read_from) const {
  if (!loaded_) return std::nullopt;
  for (std::size_t size = 4096; size <= longest_line; size *= 4) {
    const std::string bytes = read_at(loaded_.get(), read_from.place, size, path_);
    const std::size_t newline = bytes.find('\n');
    if (newline != std::string::npos) {
      auto line = parse_line(std::string_view(bytes).substr(0, newline));
      return line ? std::optional(std::move(line->noted)) : std::nullopt;
    }
    if (bytes.size() < size) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<NoteLine> WalNotes::find_last(const Segment& segment) const {
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  if (!file) return std::nullopt;
  const std::uint64_t size = size_of(file->get(), path_);
  const std::uint64_t begin = size < tail_size ? 0 : size - tail_size;
  const std::string tail = read_at(file->get(), begin, tail_size, path_);
  const std::string name = to_string(segment);
  for (std::size_t at = tail.rfind(name); at != std::string::npos; at = at == 0 ? at : tail.rfind(name, at - 1)) {
    const std::size_t newline = at == 0 ? std::string::npos : tail.rfind('\n', at);
    const std::size_t first = newline == std::string::npos ? 0 : newline + 1, stop = tail.find('\n', at);
    if (stop != std::string::npos)
      if (auto line = parse_line(std::string_view(tail).substr(first, stop - first));
          line && line->noted.note.segment == segment)
        return line;
    if (at == 0) break;
  }
  return std::nullopt;
}

void WalNotes::add(std::span<const NoteLine> lines) const {
  if (lines.empty()) return;
  const UniqueFd file = fs::open_file(path_, O_RDWR | O_CREAT | O_APPEND, notes_mode);
  std::string text;
  // A line whose writer was killed ends here.
  const std::uint64_t size = size_of(file.get(), path_);
  if (size > 0 && read_at(file.get(), size - 1, 1, path_) != "\n") text += '\n';
  for (const NoteLine& line : lines) text += note_line(line);
  fs::write_all(file.get(), text, path_);
}

void WalNotes::keep(const Stays& stays) const {
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  if (!file) return;
  fs::FileReplacement kept(path_, notes_mode);
  catalog::LineReader reader(file->get(), path_);
  std::string text;
  bool any_dropped = false;
  while (const auto line = reader.next()) {
    std::string_view rest = *line;
    StoredAs stored;
    WalNote note;
    std::vector<NotedPoint> points;
    const bool stay = reader.last_line_complete() && take_stored(rest, stored) && parse_note_line(rest, note, points) &&
                      stays(note.segment, stored, reader.line_begin());
    any_dropped = any_dropped || !stay;
    if (!stay) continue;
    text += *line;
    text += '\n';
    if (text.size() < tail_size) continue;
    kept.write(text);
    text.clear();
  }
  if (!any_dropped) return;
  kept.write(text);
  kept.publish();
}

void WalNotes::drop_all() const { fs::remove_file(path_); }

}  // namespace barman::archive
