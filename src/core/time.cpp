#include "barman/core/time.h"

#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <iterator>

#include "calendar.h"

namespace barman {

namespace {

CivilTime clock_of(const Timestamp& t) { return to_civil(t.micros + t.offset * micros_per_second); }

std::string iso(const CivilTime& civil, char separator) {
  std::string text = fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", civil.year, civil.month, civil.day, separator,
                                 civil.hour, civil.minute, civil.second);
  if (civil.micros != 0) fmt::format_to(std::back_inserter(text), ".{:06}", civil.micros);
  return text;
}

std::string offset_text(std::int32_t offset) {
  const int size = std::abs(offset);
  std::string text = fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', size / 3600, size / 60 % 60);
  if (size % 60 != 0) fmt::format_to(std::back_inserter(text), ":{:02}", size % 60);
  return text;
}

std::string compact(const CivilTime& civil) {
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}", civil.year, civil.month, civil.day, civil.hour, civil.minute,
                     civil.second);
}

}  // namespace

Timestamp now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return local_timestamp(std::chrono::floor<Micros>(since_epoch).count());
}

Timestamp local_timestamp(std::int64_t micros) { return {micros, local_offset_at(micros)}; }

Timestamp in_local_zone(const Timestamp& t) { return local_timestamp(t.micros); }

std::string to_python(const Timestamp& t) { return iso(clock_of(t), ' ') + offset_text(t.offset); }

std::string to_python_naive(const Timestamp& t) { return iso(clock_of(t), ' '); }

std::string to_iso(const Timestamp& t) { return iso(clock_of(t), 'T') + offset_text(t.offset); }

std::string to_ctime(const Timestamp& t) {
  const CivilTime civil = clock_of(t);
  return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {}", weekday_names[weekday(to_micros(civil))],
                     month_names[civil.month - 1], civil.day, civil.hour, civil.minute, civil.second, civil.year);
}

std::string to_backup_id(const Timestamp& t) { return compact(clock_of(t)); }

std::string to_utc_stamp(const Timestamp& t) { return compact(to_civil(t.micros)) + 'Z'; }

std::string to_log_stamp(const Timestamp& t) {
  const CivilTime civil = clock_of(t);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02},{:03}", civil.year, civil.month, civil.day, civil.hour,
                     civil.minute, civil.second, civil.micros / 1000);
}

std::string human_interval(Micros duration) {
  struct Part {
    std::int64_t seconds;
    const char* name;
  };
  constexpr Part parts[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  const bool negative = duration.count() < 0;
  std::int64_t left = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (negative) left = -left;
  std::string text;
  for (const Part& part : parts) {
    const std::int64_t count = left / part.seconds;
    left %= part.seconds;
    if (count == 0) continue;
    fmt::format_to(std::back_inserter(text), "{}{} {}{}", text.empty() ? "" : ", ", count, part.name,
                   count == 1 ? "" : "s");
  }
  if (text.empty()) text = "less than one second";
  return negative ? text + " ago" : text;
}

// A negative duration has negative days and a positive rest, as Python normalises it.
std::string python_timedelta(Micros duration) {
  const auto days = std::chrono::floor<std::chrono::days>(duration);
  const std::chrono::hh_mm_ss<Micros> rest(duration - days);
  std::string text;
  if (days.count() != 0) text = fmt::format("{} day{}, ", days.count(), std::abs(days.count()) == 1 ? "" : "s");
  fmt::format_to(std::back_inserter(text), "{}:{:02}:{:02}", rest.hours().count(), rest.minutes().count(),
                 rest.seconds().count());
  if (rest.subseconds().count() != 0) fmt::format_to(std::back_inserter(text), ".{:06}", rest.subseconds().count());
  return text;
}

}  // namespace barman
