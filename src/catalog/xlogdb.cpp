#include "barman/catalog/xlogdb.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "barman/catalog/line_reader.h"
#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/fs/file.h"

namespace barman::catalog {

namespace {

// Binary content has no further line.
std::optional<std::string_view> next_line(LineReader& reader, const XlogDb& index,
                                          const std::function<void(const Error&)>& on_bad) {
  try {
    return reader.next();
  } catch (const Error& error) {
    const Error damage(error.code(), error.what(), error.code() == Errc::corrupt ? index.damage_hint() : error.hint());
    if (!on_bad || error.code() != Errc::corrupt) throw damage;
    on_bad(damage);
    return std::nullopt;
  }
}

}  // namespace

XlogDb::XlogDb(const config::ServerConfig& config, const fs::LockDirectory& locks)
    : server_(config.name), path_(config.index_directory() + '/' + config.name + "-xlog.db"), lock_(locks.xlogdb()) {}

std::string XlogDb::damage_hint() const {
  return fmt::format("Please run \"barman rebuild-xlogdb {}\" to solve this issue", server_);
}

Error XlogDb::bad_line(std::size_t number, std::string_view line) const {
  constexpr std::size_t shown = 200;
  return Error(Errc::corrupt,
               fmt::format("cannot parse line {} of {}: {}{}", number, path_, python_repr(line.substr(0, shown)),
                           line.size() > shown ? fmt::format("... ({} bytes)", line.size()) : ""),
               damage_hint());
}

void XlogDb::for_each(const std::function<bool(const WalEntryView&)>& visit,
                      const std::function<void(const Error&)>& on_bad) const {
  if (!fs::exists(path_)) return;
  const fs::LockFile lock = fs::LockFile::acquire(lock_, deadline_);
  const auto file = fs::open_if_exists(path_, O_RDONLY);
  if (!file) return;
  LineReader reader(file->get(), path_);
  WalEntryView view;
  std::size_t number = 0;
  while (const auto line = next_line(reader, *this, on_bad)) {
    ++number;
    if (parse_wal_line(*line, view)) {
      if (!visit(view)) return;
      continue;
    }
    if (!reader.last_line_complete()) return;  // its writer was killed, and has removed no source for it
    const Error damage = bad_line(number, *line);
    if (!on_bad) throw damage;
    on_bad(damage);
  }
}

bool XlogDb::empty() const {
  const auto info = fs::stat_if_exists(path_);
  return !info || info->st_size == 0;
}

namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

constexpr std::uint64_t each_byte = 0x0101010101010101;

// Whether there is a blank or a control character, eight at a time.
bool has_blank(std::string_view text) {
  constexpr std::uint64_t first_printable = '!', high_bits = 0x80 * each_byte;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::uint64_t eight = 0; end - at >= 8; at += 8) {
    std::memcpy(&eight, at, sizeof eight);
    if (((eight - first_printable * each_byte) & ~eight & high_bits) != 0) return true;
  }
  return std::any_of(at, end, [](char c) { return static_cast<unsigned char>(c) < first_printable; });
}

std::string_view without_none(std::string_view word) { return word == "None" ? std::string_view() : word; }

std::optional<std::string> owned(std::string_view word) {
  return word.empty() ? std::nullopt : std::optional<std::string>(word);
}

}  // namespace

namespace {

// How many digits `at` starts with, eight at a time.
std::size_t digits_at(const char* at, const char* end) {
  constexpr std::uint64_t high = 0xF0F0F0F0F0F0F0F0, zeros = 0x3030303030303030, six = 0x0606060606060606;
  const char* const begin = at;
  for (std::uint64_t eight = 0; end - at >= 8; at += 8) {
    std::memcpy(&eight, at, sizeof eight);
    if ((eight & high) != zeros || ((eight + six) & high) != zeros) break;
  }
  while (at != end && *at >= '0' && *at <= '9') ++at;
  return static_cast<std::size_t>(at - begin);
}

// A column of letters and digits that ends at `end` or at a tab; empty: something else is there.
std::string_view word_at(const char* at, const char* end) {
  const char* const begin = at;
  while (at != end && static_cast<unsigned char>(*at) > ' ') ++at;
  return at == end || *at == '\t' ? std::string_view(begin, static_cast<std::size_t>(at - begin)) : std::string_view();
}

// What nearly every line looks like: five columns with a tab between, digits, a decimal time, two words. A tenth of the
// cost of the general way.
bool parse_common_line(std::string_view line, WalEntryView& view) {
  constexpr std::size_t most_digits = 18;  // of a number that cannot overflow
  const char* const end = line.data() + line.size();
  const void* tab = std::memchr(line.data(), '\t', line.size());
  if (!tab || tab == line.data()) return false;
  const char* at = static_cast<const char*>(tab);
  view.name = {line.data(), static_cast<std::size_t>(at - line.data())};
  if (has_blank(view.name)) return false;
  const std::size_t digits = digits_at(++at, end);
  if (digits == 0 || digits > most_digits || at + digits == end || at[digits] != '\t') return false;
  std::int64_t size = 0;
  for (const char* const stop = at + digits; at != stop; ++at) size = size * 10 + (*at - '0');
  const char* const time_begin = ++at;
  at += digits_at(at, end);
  if (at == end || at == time_begin || *at != '.' || at - time_begin > static_cast<std::ptrdiff_t>(most_digits))
    return false;
  const std::size_t fraction = digits_at(++at, end);
  at += fraction;
  if (fraction == 0 || at == end || *at != '\t') return false;
  view.time_text = {time_begin, static_cast<std::size_t>(at - time_begin)};
  const std::string_view compression = word_at(at + 1, end);
  at += 1 + compression.size();
  if (compression.empty() || at == end) return false;
  const std::string_view encryption = word_at(at + 1, end);
  if (encryption.empty() || at + 1 + encryption.size() != end) return false;
  view.size = size;
  view.compression = without_none(compression);
  view.encryption = without_none(encryption);
  view.line = line;
  return true;
}

bool parse_any_line(std::string_view line, WalEntryView& view) {
  std::array<std::string_view, 5> columns;
  std::size_t count = 0;
  const char* at = line.data();
  const char* const end = at + line.size();
  while (true) {
    while (at != end && is_blank(*at)) ++at;
    if (at == end) break;
    const char* const begin = at;
    while (at != end && !is_blank(*at)) ++at;
    if (count == columns.size()) return false;
    columns[count++] = {begin, static_cast<std::size_t>(at - begin)};
  }
  double time = 0;
  if (count < 3 || !parse_number(columns[1], view.size) || !parse_number(columns[2], time)) return false;
  view.name = columns[0];
  view.time_text = columns[2];
  view.compression = without_none(columns[3]);
  view.encryption = without_none(columns[4]);
  view.line = line;
  return true;
}

}  // namespace

bool parse_wal_line(std::string_view line, WalEntryView& view) {
  return parse_common_line(line, view) || parse_any_line(line, view);
}

double WalEntryView::time() const {
  double result = 0;
  parse_number(time_text, result);
  return result;
}

WalEntry to_entry(const WalEntryView& view) {
  return {std::string(view.name), view.size, view.time(), owned(view.compression), owned(view.encryption)};
}

std::string serialize(const WalEntry& entry) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\n", entry.name, entry.size, python_repr(entry.time),
                     entry.compression.value_or("None"), entry.encryption.value_or("None"));
}

WalEntry parse_wal_entry(std::string_view line) {
  WalEntryView view;
  if (!parse_wal_line(line, view))
    throw Error(Errc::corrupt, fmt::format("cannot parse line: {}", python_repr(line.substr(0, 200))),
                "run rebuild-xlogdb to recreate the WAL index");
  return to_entry(view);
}

}  // namespace barman::catalog
