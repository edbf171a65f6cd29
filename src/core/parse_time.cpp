#include <algorithm>
#include <ctime>
#include <iterator>

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

// HH:MM[:SS[.ffffff]], HHMMSS or HHMM; a comma may stand for the point
bool read_time(Scanner& scan, CivilTime& civil) {
  const bool packed = scan.digits_ahead() >= 4;
  if (!read_into(civil.hour, scan.number(packed ? 2 : 1, 2))) return false;
  if (!packed && !scan.accept(':')) return false;
  if (!read_into(civil.minute, scan.number(2, 2))) return false;
  if (packed ? scan.digits_ahead() == 0 : !scan.accept(':')) return true;
  if (!read_into(civil.second, scan.number(2, 2))) return false;
  if (!scan.accept('.') && !scan.accept(',')) return true;
  return read_into(civil.micros, scan.fraction());
}

struct Offset {
  bool given = false;
  bool local = false;  // a name of the local zone
  std::int32_t seconds = 0;
};

// Nothing, +HH[[:]MM[[:]SS]], or a name. std::nullopt: something else.
std::optional<Offset> read_offset(Scanner& scan) {
  scan.blanks();
  if (scan.at_end()) return Offset{};
  const bool negative = scan.accept('-');
  if (negative || scan.accept('+')) {
    unsigned hours = 0, minutes = 0, seconds = 0;
    if (!read_into(hours, scan.number(1, 2))) return std::nullopt;
    if ((scan.accept(':') || !scan.at_end()) && !read_into(minutes, scan.number(2, 2))) return std::nullopt;
    if ((scan.accept(':') || !scan.at_end()) && !read_into(seconds, scan.number(2, 2))) return std::nullopt;
    const auto size = static_cast<std::int32_t>(hours * 3600 + minutes * 60 + seconds);
    if (!scan.at_end() || minutes > 59 || seconds > 59 || size >= 24 * 3600) return std::nullopt;
    return Offset{true, false, negative ? -size : size};
  }
  const std::string_view name = scan.word();
  if (!scan.at_end()) return std::nullopt;
  const std::string lower = to_lower(name);
  if (lower == "z" || lower == "utc" || lower == "gmt") return Offset{true, false, 0};
  ::tzset();
  if (name == tzname[0] || name == tzname[1]) return Offset{true, true, 0};
  return std::nullopt;
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

std::optional<Timestamp> at(const CivilTime& civil, const Offset& offset) {
  if (!civil.valid()) return std::nullopt;
  if (offset.given && !offset.local)
    return Timestamp{to_micros(civil) - offset.seconds * micros_per_second, offset.seconds};
  return local_timestamp(to_micros(civil) - local_offset_of(civil) * micros_per_second);
}

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  bool had_zone = false;
  const auto parsed = parse_human_timestamp(text, had_zone);
  return had_zone ? parsed : std::nullopt;
}

std::optional<Timestamp> parse_human_timestamp(std::string_view text, bool& had_zone) {
  had_zone = false;
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
  const auto offset = read_offset(scan);
  if (!offset) return std::nullopt;
  had_zone = offset->given;
  return at(civil, *offset);
}

}  // namespace barman
