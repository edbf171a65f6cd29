#include "calendar.h"

#include <chrono>

namespace barman {

namespace {

namespace chrono = std::chrono;
using Days = chrono::sys_days;

chrono::year_month_day date_of(const CivilTime& civil) {
  return chrono::year(static_cast<int>(civil.year)) / chrono::month(civil.month) / chrono::day(civil.day);
}

}  // namespace

bool CivilTime::valid() const {
  return year >= 1 && year <= 9999 && date_of(*this).ok() && hour < 24 && minute < 60 && second < 60 &&
         micros < micros_per_second;
}

std::int64_t to_micros(const CivilTime& civil) {
  const Micros day = Days(date_of(civil)).time_since_epoch();
  return day.count() + (civil.hour * 3600LL + civil.minute * 60LL + civil.second) * micros_per_second + civil.micros;
}

CivilTime to_civil(std::int64_t micros) {
  const chrono::sys_time<Micros> instant{Micros(micros)};
  const Days day = chrono::floor<chrono::days>(instant);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss<Micros> time(instant - day);
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<unsigned>(time.hours().count()),
          static_cast<unsigned>(time.minutes().count()),
          static_cast<unsigned>(time.seconds().count()),
          static_cast<unsigned>(time.subseconds().count())};
}

unsigned weekday(std::int64_t micros) {
  const chrono::sys_time<Micros> instant{Micros(micros)};
  return chrono::weekday(chrono::floor<chrono::days>(instant)).c_encoding();
}

}  // namespace barman
