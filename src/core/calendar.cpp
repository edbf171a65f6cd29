#include "calendar.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <string>

namespace barman {

namespace {

namespace chrono = std::chrono;
using Days = chrono::sys_days;

chrono::year_month_day date_of(const CivilTime& civil) {
  return chrono::year(static_cast<int>(civil.year)) / chrono::month(civil.month) / chrono::day(civil.day);
}

constexpr std::int64_t micros_per_hour = 3600 * micros_per_second;
constexpr std::int64_t micros_per_day = 24 * micros_per_hour;
// An offset is less than 25 hours, so that a change that matters to a clock reading is less than that from it. There
// may be two of them, and a day may be missing (Samoa, 2011-12-30).
constexpr int hours_around = 26;
constexpr int days_to_search = 10 * 366;

struct InForce {
  std::int32_t offset = 0;
  std::string name;
};

InForce in_force_at(std::int64_t micros) {
  const std::time_t seconds = Timestamp{micros, 0}.seconds();
  std::tm local = {};
  if (::localtime_r(&seconds, &local) == nullptr) return {};
  return {static_cast<std::int32_t>(local.tm_gmtoff), local.tm_zone == nullptr ? "" : local.tm_zone};
}

// Different ones only, the greatest first: with the greatest offset a clock reading is the earliest instant.
std::vector<std::int32_t> offsets_near(const CivilTime& civil) {
  const std::int64_t reading = to_micros(civil);
  std::vector<std::int32_t> offsets;
  for (int hour = -hours_around; hour <= hours_around; ++hour)
    offsets.push_back(local_offset_at(reading + hour * micros_per_hour));
  std::sort(offsets.begin(), offsets.end(), std::greater<>());
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  return offsets;
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

std::int32_t local_offset_at(std::int64_t micros) { return in_force_at(micros).offset; }

std::vector<std::int32_t> local_offsets_of(const CivilTime& civil, std::string_view name) {
  std::vector<std::int32_t> offsets = offsets_near(civil);
  std::erase_if(offsets, [&](std::int32_t offset) {
    const InForce found = in_force_at(to_micros(civil) - offset * micros_per_second);
    return found.offset != offset || (!name.empty() && found.name != name);
  });
  return offsets;
}

std::int32_t greatest_offset_near(const CivilTime& civil) { return offsets_near(civil).front(); }

std::optional<std::int32_t> local_offset_named(std::string_view name, const CivilTime& civil) {
  const std::int64_t reading = to_micros(civil);
  for (int days = 0; days <= days_to_search; ++days)
    for (const int direction : {-1, 1}) {
      const InForce found = in_force_at(reading + direction * days * micros_per_day);
      if (found.name == name) return found.offset;
    }
  return std::nullopt;
}

}  // namespace barman
