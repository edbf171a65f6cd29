#include "barman/core/time.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman {

namespace {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::string_view month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view weekday_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

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

// Reads a text from left to right; a member that fails to read leaves the position alone.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }

  bool accept(char wanted) {
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(1);
    return true;
  }

  void blanks() {
    while (accept(' ')) {
    }
  }

  std::size_t digits_ahead() const { return std::min(text_.find_first_not_of("0123456789"), text_.size()); }

  // From `least` to `most` digits.
  std::optional<unsigned> number(std::size_t least, std::size_t most) {
    const std::size_t count = std::min(digits_ahead(), most);
    if (count < least) return std::nullopt;
    const auto value = parse_decimal(text_.substr(0, count));
    text_.remove_prefix(count);
    return static_cast<unsigned>(*value);
  }

  // A fraction of a second, cut after microseconds.
  std::optional<unsigned> fraction() {
    const std::size_t count = digits_ahead();
    if (count == 0) return std::nullopt;
    std::string micros(text_.substr(0, std::min<std::size_t>(count, 6)));
    micros.resize(6, '0');
    text_.remove_prefix(count);
    return static_cast<unsigned>(*parse_decimal(micros));
  }

  std::string_view word() {
    std::size_t size = 0;
    while (size < text_.size() && ((text_[size] | 0x20) >= 'a' && (text_[size] | 0x20) <= 'z')) ++size;
    const std::string_view result = text_.substr(0, size);
    text_.remove_prefix(size);
    return result;
  }

 private:
  std::string_view text_;
};

bool read_into(unsigned& target, std::optional<unsigned> value) {
  if (value) target = *value;
  return value.has_value();
}

// YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD
bool read_date(Scanner& scan, CivilTime& civil) {
  const auto year = scan.number(4, 4);
  if (!year) return false;
  civil.year = *year;
  const char separator = scan.accept('-') ? '-' : scan.accept('/') ? '/' : '\0';
  if (!read_into(civil.month, scan.number(2, 2))) return false;
  if (separator != '\0' && !scan.accept(separator)) return false;
  return read_into(civil.day, scan.number(2, 2));
}

// HH:MM[:SS[.ffffff]], HHMMSS, HHMM or HH; a comma may stand for the point
bool read_time(Scanner& scan, CivilTime& civil) {
  const std::size_t digits = scan.digits_ahead();
  const bool packed = digits >= 4;
  if (!read_into(civil.hour, scan.number(packed ? 2 : 1, 2))) return false;
  if (!packed && !scan.accept(':')) return digits == 2;
  if (!read_into(civil.minute, scan.number(2, 2))) return false;
  if (packed ? scan.digits_ahead() == 0 : !scan.accept(':')) return true;
  if (!read_into(civil.second, scan.number(2, 2))) return false;
  if (!scan.accept('.') && !scan.accept(',')) return true;
  return read_into(civil.micros, scan.fraction());
}

// What follows the time of day.
struct Zone {
  std::optional<std::int32_t> offset;  // seconds east of UTC
  std::string_view name;               // of one of the local zone's offsets
  bool given() const { return offset || !name.empty(); }
};

// +HH[[:]MM[[:]SS]]. std::nullopt: something else.
std::optional<std::int32_t> read_offset(Scanner& scan) {
  const bool negative = scan.accept('-');
  if (!negative && !scan.accept('+')) return std::nullopt;
  unsigned hours = 0, minutes = 0, seconds = 0;
  if (!read_into(hours, scan.number(1, 2))) return std::nullopt;
  if ((scan.accept(':') || !scan.at_end()) && !read_into(minutes, scan.number(2, 2))) return std::nullopt;
  if ((scan.accept(':') || !scan.at_end()) && !read_into(seconds, scan.number(2, 2))) return std::nullopt;
  const auto size = static_cast<std::int32_t>(hours * 3600 + minutes * 60 + seconds);
  if (minutes > 59 || seconds > 59 || size >= 24 * 3600) return std::nullopt;
  return negative ? -size : size;
}

// Nothing, an offset, or a name, up to the end of the text. std::nullopt: something else.
std::optional<Zone> read_zone(Scanner& scan) {
  scan.blanks();
  if (scan.at_end()) return Zone{};
  Zone zone;
  zone.name = scan.word();
  const std::string lower = to_lower(zone.name);
  if (lower == "z" || lower == "utc" || lower == "gmt")
    zone = {.offset = 0, .name = {}};
  else if (zone.name.empty())
    zone.offset = read_offset(scan);
  return zone.given() && scan.at_end() ? std::optional(zone) : std::nullopt;
}

// "Sat Nov 21 07:26:40 2026"
bool read_ctime(Scanner& scan, CivilTime& civil) {
  if (std::ranges::find(weekday_names, scan.word()) == std::end(weekday_names)) return false;
  scan.blanks();
  const auto month = std::ranges::find(month_names, scan.word());
  if (month == std::end(month_names)) return false;
  civil.month = static_cast<unsigned>(month - std::begin(month_names)) + 1;
  scan.blanks();
  if (!read_into(civil.day, scan.number(1, 2)) || !scan.accept(' ') || !read_time(scan, civil)) return false;
  scan.blanks();
  const auto year = scan.number(4, 4);
  if (year) civil.year = *year;
  return year.has_value();
}

Timestamp at(const CivilTime& civil, std::int32_t offset) {
  return {to_micros(civil) - offset * micros_per_second, offset};
}

std::optional<HumanTime> resolve(const CivilTime& civil, const Zone& zone) {
  if (!civil.valid()) return std::nullopt;
  HumanTime result;
  result.had_zone = zone.given();
  if (zone.offset) {
    result.time = at(civil, *zone.offset);
    return result;
  }
  const std::vector<std::int32_t> offsets = local_offsets_of(civil, zone.name);
  if (!offsets.empty()) {
    result.time = at(civil, offsets.front());
    if (offsets.size() > 1) result.or_else = at(civil, offsets.back());
    return result;
  }
  if (zone.given()) {
    const auto offset = local_offset_named(zone.name, civil);
    if (!offset) return std::nullopt;
    result.time = at(civil, *offset);
    return result;
  }
  result.time = at(civil, greatest_offset_near(civil));
  result.skipped = true;
  return result;
}

std::string with_fraction(std::string text, const Timestamp& t) {
  constexpr std::size_t behind_seconds = std::string_view("2026-11-21 07:26:35").size();
  if (t.micros % 1'000'000 == 0) text.insert(behind_seconds, ".000000");
  return text;
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

std::string to_python_exact(const Timestamp& t) { return with_fraction(to_python(t), t); }

std::string to_iso_exact(const Timestamp& t) { return with_fraction(to_iso(t), t); }

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

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  bool had_zone = false;
  const auto parsed = parse_human_timestamp(text, had_zone);
  return had_zone ? parsed : std::nullopt;
}

std::optional<Timestamp> parse_human_timestamp(std::string_view text, bool& had_zone) {
  const auto parsed = read_human_time(text);
  had_zone = parsed && parsed->had_zone;
  return parsed ? std::optional(parsed->time) : std::nullopt;
}

std::optional<HumanTime> read_human_time(std::string_view text) {
  text = trim(text);
  Scanner scan(text);
  CivilTime civil;
  const bool starts_with_digit = scan.digits_ahead() > 0;
  if (starts_with_digit ? !read_date(scan, civil) : !read_ctime(scan, civil)) return std::nullopt;
  if (starts_with_digit && !scan.at_end()) {
    if (!scan.accept('T') && !scan.accept(' ')) return std::nullopt;
    scan.blanks();
    if (!read_time(scan, civil)) return std::nullopt;
  }
  const auto zone = read_zone(scan);
  return zone ? resolve(civil, *zone) : std::nullopt;
}

}  // namespace barman
