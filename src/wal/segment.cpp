#include "barman/wal/segment.h"

#include <fmt/core.h>

#include <limits>

#include "barman/core/error.h"
#include "barman/core/hex_columns.h"
#include "barman/core/numbers.h"

namespace barman {

namespace {

constexpr std::size_t field_size = 8;  // hexadecimal digits of timeline, log, segment and offset
constexpr std::size_t segment_name_size = 3 * field_size;
constexpr std::uint32_t highest_log = std::numeric_limits<std::uint32_t>::max();

std::optional<std::uint32_t> parse_field(std::string_view text) {
  if (text.size() != field_size) return std::nullopt;
  HexColumns columns(text);
  const std::uint32_t number = columns.number8();
  if (columns.good()) return number;  // as all names are written
  const auto value = parse_hex(text);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

[[noreturn]] void out_of_range(std::string_view which, const Segment& segment) {
  throw Error(Errc::corrupt, fmt::format("there is no WAL segment {} {}", which, to_string(segment)));
}

}  // namespace

std::optional<Segment> parse_segment(std::string_view name) {
  if (name.size() != segment_name_size) return std::nullopt;
  const auto timeline = parse_field(name.substr(0, field_size));
  const auto log = parse_field(name.substr(field_size, field_size));
  const auto seg = parse_field(name.substr(2 * field_size));
  if (!timeline || !log || !seg) return std::nullopt;
  return Segment{*timeline, *log, *seg};
}

std::optional<WalName> parse_wal_name(std::string_view name) {
  constexpr std::string_view history_suffix = ".history", partial_suffix = ".partial", backup_suffix = ".backup";
  if (name.size() == field_size + history_suffix.size() && name.ends_with(history_suffix)) {
    const auto timeline = parse_field(name.substr(0, field_size));
    if (!timeline) return std::nullopt;
    return WalName{WalKind::history, {*timeline, 0, 0}, 0};
  }
  const auto segment = parse_segment(name.substr(0, segment_name_size));
  if (!segment) return std::nullopt;
  const std::string_view rest = name.substr(segment_name_size);
  if (rest.empty()) return WalName{WalKind::segment, *segment, 0};
  if (rest == partial_suffix) return WalName{WalKind::partial, *segment, 0};
  if (rest.size() != 1 + field_size + backup_suffix.size() || rest[0] != '.' || !rest.ends_with(backup_suffix))
    return std::nullopt;
  const auto offset = parse_field(rest.substr(1, field_size));
  if (!offset) return std::nullopt;
  return WalName{WalKind::backup_label, *segment, *offset};
}

bool is_wal_segment(std::string_view name) { return name.size() == segment_name_size && is_hex(name); }

bool is_any_wal_name(std::string_view name) { return is_wal_segment(name) || parse_wal_name(name).has_value(); }

std::string to_string(const Segment& segment) {
  return fmt::format("{:08X}{:08X}{:08X}", segment.timeline, segment.log, segment.seg);
}

std::string history_name(std::uint32_t timeline) { return fmt::format("{:08X}.history", timeline); }

std::optional<std::string> hash_directory(std::string_view name) {
  const auto parsed = parse_wal_name(name);
  if (!parsed) return std::nullopt;
  if (parsed->kind == WalKind::history) return std::string();
  return fmt::format("{:08X}{:08X}", parsed->segment.timeline, parsed->segment.log);
}

std::optional<std::string> archive_path(std::string_view name) {
  auto path = hash_directory(name);
  if (!path) return std::nullopt;
  if (!path->empty()) *path += '/';
  *path += name;
  return path;
}

std::uint32_t last_seg(std::uint64_t segment_size) {
  return static_cast<std::uint32_t>(std::numeric_limits<std::uint32_t>::max() / segment_size);
}

Segment next(const Segment& segment, std::uint64_t segment_size) {
  if (segment.seg < last_seg(segment_size)) return {segment.timeline, segment.log, segment.seg + 1};
  if (segment.log == highest_log) out_of_range("after", segment);
  return {segment.timeline, segment.log + 1, 0};
}

Segment previous(const Segment& segment, std::uint64_t segment_size) {
  if (segment.seg > 0) return {segment.timeline, segment.log, segment.seg - 1};
  if (segment.log == 0) out_of_range("before", segment);
  return {segment.timeline, segment.log - 1, last_seg(segment_size)};
}

Segment segment_at(Lsn lsn, std::uint32_t timeline, std::uint64_t segment_size) {
  return {timeline, static_cast<std::uint32_t>(lsn.value >> 32),
          static_cast<std::uint32_t>((lsn.value & 0xFFFFFFFFU) / segment_size)};
}

std::uint64_t offset_in_segment(Lsn lsn, std::uint64_t segment_size) { return lsn.value & (segment_size - 1); }

Lsn start_of(const Segment& segment, std::uint64_t segment_size) {
  return {(static_cast<std::uint64_t>(segment.log) << 32) + segment.seg * segment_size};
}

std::uint64_t segments_between(const Segment& begin, const Segment& end, std::uint64_t segment_size) {
  const std::uint64_t first = start_of(begin, segment_size).value, last = start_of(end, segment_size).value;
  return last < first ? 0 : (last - first) / segment_size + 1;
}

std::optional<Lsn> parse_lsn(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash > 8 || text.size() - slash - 1 > 8) return std::nullopt;
  const auto high = parse_hex(text.substr(0, slash));
  const auto low = parse_hex(text.substr(slash + 1));
  if (!high || !low) return std::nullopt;
  return Lsn{*high << 32 | *low};
}

std::string to_string(Lsn lsn) { return fmt::format("{:X}/{:X}", lsn.value >> 32, lsn.value & 0xFFFFFFFFU); }

}  // namespace barman
