#include "itemized.h"

#include <algorithm>
#include <chrono>

#include "barman/core/text.h"

namespace barman::copy {
namespace {

constexpr std::size_t change_width = 11;
constexpr std::size_t date_width = 19;  // 2026/11/21-09:42:41

bool is_octal(char c) { return c >= '0' && c <= '7'; }

std::optional<int> number(std::string_view text) {
  const auto value = parse_decimal(text);
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  if (text.size() != date_width || text[4] != '/' || text[7] != '/' || text[10] != '-' || text[13] != ':' ||
      text[16] != ':')
    return std::nullopt;
  const auto year = number(text.substr(0, 4)), month = number(text.substr(5, 2)), day = number(text.substr(8, 2)),
             hour = number(text.substr(11, 2)), minute = number(text.substr(14, 2)),
             second = number(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return sys_seconds(sys_days(date)).time_since_epoch().count() + *hour * 3600 + *minute * 60 + *second;
}

// Cuts the text up to the next blank off.
std::string_view next_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

}  // namespace

std::string unescape_name(std::string_view text) {
  std::string name;
  name.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 4 < text.size() && text[i + 1] == '#' && is_octal(text[i + 2]) &&
                         is_octal(text[i + 3]) && is_octal(text[i + 4]);
    if (!escaped) {
      name += text[i];
      continue;
    }
    name += static_cast<char>((text[i + 2] - '0') * 64 + (text[i + 3] - '0') * 8 + (text[i + 4] - '0'));
    i += 4;
  }
  return name;
}

std::optional<Itemized> parse_itemized(std::string_view line) {
  if (line.size() < 1 + change_width + 1 || line[0] != '@') return std::nullopt;
  const char change = line[1];
  const char type = line[2];
  if (std::string_view("<>ch.").find(change) == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(1 + change_width);
  if (rest[0] != ' ') return std::nullopt;
  rest.remove_prefix(1);

  Itemized entry;
  entry.mtime = parse_date(next_word(rest));
  const auto size = parse_decimal(next_word(rest));
  const auto moved = parse_decimal(next_word(rest));
  if (!size || !moved || rest.empty()) return std::nullopt;
  entry.size = *size;
  entry.name = unescape_name(rest);
  if (type == 'f') entry.kind = Itemized::Kind::file;
  if (type == 'd') entry.kind = Itemized::Kind::directory;
  entry.taken = entry.kind == Itemized::Kind::file && change != '<' && change != '>';
  entry.there = change == '.';
  entry.unchanged = line.substr(3, change_width - 2).find_first_not_of(' ') == std::string_view::npos;
  return entry;
}

}  // namespace barman::copy
