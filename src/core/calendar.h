#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "barman/core/time.h"

namespace barman {

inline constexpr std::int64_t micros_per_second = 1'000'000;
inline constexpr std::string_view month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
inline constexpr std::string_view weekday_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

// A date and a time of day on somebody's clock (proleptic Gregorian calendar).
struct CivilTime {
  std::int64_t year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned micros = 0;

  bool valid() const;
};

std::int64_t to_micros(const CivilTime& civil);  // as if the clock showed UTC
CivilTime to_civil(std::int64_t micros);
unsigned weekday(std::int64_t micros);  // 0: Sunday

// Seconds east of UTC in the local zone at an instant.
std::int32_t local_offset_at(std::int64_t micros);

// The offsets with which the local clock shows `civil`, the one of the earliest instant first: none where it is
// skipped, two where it is repeated. With a name only those that the zone calls so.
std::vector<std::int32_t> local_offsets_of(const CivilTime& civil, std::string_view name = {});

// The largest offset around `civil`: the one to read a skipped clock reading with, which is then not taken for too
// late.
std::int32_t greatest_offset_near(const CivilTime& civil);

// What the local zone means by `name` at the time nearest to `civil`, an earlier one first, within ten years.
std::optional<std::int32_t> local_offset_named(std::string_view name, const CivilTime& civil);

}  // namespace barman
