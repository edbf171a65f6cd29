#include "barman/config/drill.h"

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "values.h"

namespace barman::config {
namespace {

constexpr int minutes_of_an_hour = 60, hours_of_a_day = 24;

// "22", "22:30", "24:00".
std::optional<int> parse_time_of_day(std::string_view text) {
  text = trim(text);
  const std::size_t colon = text.find(':');
  const auto hour = parse_decimal(text.substr(0, colon));
  const auto minute =
      colon == std::string_view::npos ? std::optional<std::int64_t>(0) : parse_decimal(text.substr(colon + 1));
  if (!hour || !minute || *hour > hours_of_a_day || *minute >= minutes_of_an_hour) return std::nullopt;
  if (*hour == hours_of_a_day && *minute > 0) return std::nullopt;
  return static_cast<int>(*hour % hours_of_a_day * minutes_of_an_hour + *minute);
}

}  // namespace

std::optional<int> parse_drill_interval(std::string_view text) {
  constexpr std::int64_t longest = 3660;
  const std::vector<std::string> words = split_whitespace(to_lower(text));
  if (words.size() == 1 && words[0] == "daily") return 1;
  if (words.size() == 1 && words[0] == "weekly") return 7;
  if (words.size() != 3 || words[0] != "every" || (words[2] != "days" && words[2] != "day")) return std::nullopt;
  const auto days = parse_decimal(words[1]);
  if (!days || *days < 1 || *days > longest) return std::nullopt;
  return static_cast<int>(*days);
}

std::optional<DrillWindow> parse_drill_window(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = parse_time_of_day(text.substr(0, dash)), end = parse_time_of_day(text.substr(dash + 1));
  if (!begin || !end) return std::nullopt;
  return DrillWindow{*begin, *end};
}

Value parse_drill_schedule(std::string_view text, const ValueContext&) {
  if (text.empty() || to_lower(text) == "off") return nullptr;
  if (!parse_drill_interval(text)) throw InvalidValue{"must be off, daily, weekly or 'every N days'"};
  return std::string(text);
}

Value parse_drill_window(std::string_view text, const ValueContext&) {
  if (text.empty()) return nullptr;
  if (!parse_drill_window(text)) throw InvalidValue{"must be two hours of the day, such as 22-6 or 22:30-06:00"};
  return std::string(text);
}

Value parse_drill_target(std::string_view text, const ValueContext&) {
  if (text.empty()) return nullptr;
  const std::string word = to_lower(text);
  if (word != "latest" && word != "random") throw InvalidValue{"must be latest or random"};
  return word;
}

}  // namespace barman::config
