#include "barman/core/human_time.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/core/time.h"
#include "calendar.h"

namespace barman {

namespace {

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

}  // namespace

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
