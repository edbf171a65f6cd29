#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace barman {

// A position in the WAL stream: PostgreSQL's pg_lsn, "A/B" in hexadecimal.
struct Lsn {
  std::uint64_t value = 0;
  auto operator<=>(const Lsn&) const = default;
};

std::optional<Lsn> parse_lsn(std::string_view text);
std::string to_string(Lsn lsn);  // %X/%X

// Names and arithmetic of WAL files (formats.md section 7; PostgreSQL's xlog_internal.h has the same rules).
// Segment sizes are bytes, a power of two from 1 MB to 1 GB.

inline constexpr std::uint64_t default_segment_size = 16 * 1024 * 1024;

struct Segment {
  std::uint32_t timeline = 0;
  std::uint32_t log = 0;
  std::uint32_t seg = 0;
  auto operator<=>(const Segment&) const = default;
};

enum class WalKind { segment, partial, backup_label, history };

// A parsed file name. `name` keeps the spelling (lower-case digits are accepted and kept).
struct WalName {
  WalKind kind = WalKind::segment;
  Segment segment;           // history: only timeline is set
  std::uint32_t offset = 0;  // backup_label: the number before ".backup"
  friend bool operator==(const WalName&, const WalName&) = default;
};

std::optional<WalName> parse_wal_name(std::string_view name);  // base name only: nothing with a '/' parses
bool is_wal_segment(std::string_view name);                    // 24 hex digits
bool is_any_wal_name(std::string_view name);
std::optional<Segment> parse_segment(std::string_view name);  // 24 hex digits only
std::string to_string(const Segment& segment);                // upper case
std::string history_name(std::uint32_t timeline);             // "0000000A.history"

// Directory below wals/ ("0000000100000000"), empty for a history file; std::nullopt when `name` is not a WAL name.
std::optional<std::string> hash_directory(std::string_view name);
// Path of an archived file relative to wals/: "{hash}/{name}" or "{name}".
std::optional<std::string> archive_path(std::string_view name);

std::uint32_t last_seg(std::uint64_t segment_size);  // highest value of Segment::seg: 0xFF for 16 MB
Segment next(const Segment& segment, std::uint64_t segment_size);
Segment previous(const Segment& segment, std::uint64_t segment_size);
Segment segment_at(Lsn lsn, std::uint32_t timeline, std::uint64_t segment_size);
std::uint64_t offset_in_segment(Lsn lsn, std::uint64_t segment_size);
Lsn start_of(const Segment& segment, std::uint64_t segment_size);
std::uint64_t segments_between(const Segment& begin, const Segment& end,
                               std::uint64_t segment_size);  // inclusive count

}  // namespace barman
