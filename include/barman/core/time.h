#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace barman {

// An instant with the UTC offset it was written with (which output keeps).
struct Timestamp {
  std::int64_t micros = 0;  // since 1970-01-01 00:00:00 UTC
  std::int32_t offset = 0;  // seconds east of UTC

  std::int64_t seconds() const { return micros >= 0 ? micros / 1'000'000 : -((-micros + 999'999) / 1'000'000); }
  double fractional_seconds() const { return static_cast<double>(micros) / 1e6; }
  // Instants compare; the offset does not.
  friend bool operator==(const Timestamp& a, const Timestamp& b) { return a.micros == b.micros; }
  friend auto operator<=>(const Timestamp& a, const Timestamp& b) { return a.micros <=> b.micros; }
};

using Micros = std::chrono::microseconds;
inline Micros operator-(const Timestamp& a, const Timestamp& b) { return Micros(a.micros - b.micros); }
inline Timestamp operator-(const Timestamp& a, Micros b) { return {a.micros - b.count(), a.offset}; }
inline Timestamp operator+(const Timestamp& a, Micros b) { return {a.micros + b.count(), a.offset}; }

Timestamp now();  // local offset
Timestamp local_timestamp(std::int64_t micros);
Timestamp in_local_zone(const Timestamp& t);  // same instant, offset of the local zone at that instant

std::string to_python(const Timestamp& t);        // 2026-11-21 07:26:35.300119+00:00 (fraction left out when 0)
std::string to_python_naive(const Timestamp& t);  // the same without offset
std::string to_iso(const Timestamp& t);           // 2026-11-21T07:26:35.300119+00:00
std::string to_python_exact(const Timestamp& t);  // both with the fraction in any case: what is read back as a
std::string to_iso_exact(const Timestamp& t);     // recovery target is to be exact
std::string to_ctime(const Timestamp& t);         // Sat Nov 21 07:26:40 2026, in the stored offset
std::string to_backup_id(const Timestamp& t);     // 20261121T072640, in the stored offset
std::string to_utc_stamp(const Timestamp& t);     // 20261121T072640Z
std::string to_log_stamp(const Timestamp& t);     // 2026-11-21 07:26:35,300

// The forms written by to_python and to_iso and by PostgreSQL ("2026-11-21 07:26:35.300119+00", "+0530", " UTC" and "Z"
// included). A text without offset gets std::nullopt for offset handling: see the second function.
std::optional<Timestamp> parse_timestamp(std::string_view text);
// As typed by a person (restore --target-time): the above, ctime, date only, "T" or blank, times without seconds,
// offset names UTC/GMT/Z. `had_zone` says whether an offset was given; without one the local zone is assumed.
std::optional<Timestamp> parse_human_timestamp(std::string_view text, bool& had_zone);

// "1 day, 2 hours, 3 seconds"; "less than one second"; negative values end in " ago" (commands.md 0).
std::string human_interval(Micros duration);
// Python's str(timedelta): "1:00:00", "7 days, 0:00:00", "0:00:01.500000".
std::string python_timedelta(Micros duration);

// A time as a person typed it (restore --target-time).
struct HumanTime {
  Timestamp time;                    // the earlier one where a local clock reading means two instants, or none
  bool had_zone = false;             // an offset or the name of one was given; without one the local zone is assumed
  std::optional<Timestamp> or_else;  // the clocks showed it twice: the later instant
  bool skipped = false;              // the clocks never showed it: read with the offset that began then
};

// ISO 8601, what to_python, to_iso and PostgreSQL write, ctime's form, "T" or blank, a date alone, times without
// seconds or minutes. Names of offsets are UTC, GMT, Z, and those that the local zone uses within ten years of that
// time: each means its own offset, also when another one is in force.
std::optional<HumanTime> read_human_time(std::string_view text);

}  // namespace barman
