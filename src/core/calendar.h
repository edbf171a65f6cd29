#pragma once
#include <cstdint>
#include <string_view>

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

}  // namespace barman
