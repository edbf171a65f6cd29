#include <fmt/core.h>

#include <array>

#include "barman/config/server_config.h"
#include "barman/core/text.h"

namespace barman::config {
namespace {

using Unit = RetentionPolicy::Unit;

struct UnitName {
  std::string_view word;
  Unit unit;
  int days;
};
constexpr auto units =
    std::to_array<UnitName>({{"DAY", Unit::days, 1}, {"WEEK", Unit::weeks, 7}, {"MONTH", Unit::months, 31}});

const UnitName* find_unit(std::string_view word) {
  for (const UnitName& unit : units)
    if (word == unit.word || (word.ends_with('S') && word.substr(0, word.size() - 1) == unit.word)) return &unit;
  return nullptr;
}

std::optional<int> parse_count(std::string_view digits) {
  const auto number = parse_decimal(digits);
  if (!number || *number > 1'000'000) return std::nullopt;  // 31 million days are enough and fit every clock
  return static_cast<int>(*number);
}

}  // namespace

std::optional<RetentionPolicy> parse_retention_policy(std::string_view text) {
  const std::vector<std::string> words = split_whitespace(to_upper(text));
  RetentionPolicy policy;
  std::optional<int> count;
  if (words.size() == 2 && words[0] == "REDUNDANCY") {
    count = parse_count(words[1]);
  } else if (words.size() == 5 && words[0] == "RECOVERY" && words[1] == "WINDOW" && words[2] == "OF") {
    const UnitName* unit = find_unit(words[4]);
    if (unit == nullptr) return std::nullopt;
    policy.kind = RetentionPolicy::Kind::recovery_window;
    policy.unit = unit->unit;
    count = parse_count(words[3]);
  }
  if (!count) return std::nullopt;
  policy.value = *count;
  return policy;
}

std::string RetentionPolicy::canonical() const {
  if (kind == Kind::redundancy) return fmt::format("REDUNDANCY {}", value);
  return fmt::format("RECOVERY WINDOW OF {} {}S", value, units[static_cast<std::size_t>(unit)].word);
}

Micros RetentionPolicy::window() const {
  return std::chrono::hours(24LL * units[static_cast<std::size_t>(unit)].days * value);
}

}  // namespace barman::config
