#include "fact_text.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"

namespace barman::output {

namespace {

using report::Fact;

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::vector<std::string> quoted(const auto& words) {
  std::vector<std::string> list;
  for (const std::string& word : words) list.push_back(python_repr(word));
  return list;
}

std::string slot_text(const report::SlotFact& slot) {
  return fmt::format("Record(slot_name={}, active={}, restart_lsn={})", python_repr(slot.name),
                     slot.active ? "True" : "False", slot.restart_lsn ? python_repr(*slot.restart_lsn) : "None");
}

std::string limits_text(const std::map<std::string, std::int64_t>& limits) {
  std::vector<std::string> items;
  for (const auto& [name, limit] : limits) items.push_back(fmt::format("{}: {}", python_repr(name), limit));
  return fmt::format("{{{}}}", join(items, ", "));
}

std::string words_text(const report::WordSet& set) {
  if (set.words.empty()) return set.kind + "()";
  return fmt::format("{}({{{}}})", set.kind, join(quoted(set.words), ", "));
}

nlohmann::json json_or_null(const std::optional<std::string>& text) {
  return text ? nlohmann::json(*text) : nlohmann::json(nullptr);
}

}  // namespace

std::string python_decimal(const std::string& text) {
  const bool negative = text.starts_with('-');
  const std::string number = text.substr(negative ? 1 : 0);
  const std::size_t point = number.find('.');
  const auto fraction = static_cast<int>(point == std::string::npos ? 0 : number.size() - point - 1);
  std::string digits = replace_all(number, ".", "");
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const int left = static_cast<int>(digits.size()) - fraction;  // digits before the point
  if (left > -6) return text;
  std::string result = digits.substr(0, 1);
  if (digits.size() > 1) result += "." + digits.substr(1);
  return fmt::format("{}{}E{}", negative ? "-" : "", result, left - 1);
}

std::string python_text(const Fact& fact) {
  return std::visit(
      Overloaded{[](std::nullptr_t) -> std::string { return "None"; },
                 [](bool flag) -> std::string { return flag ? "True" : "False"; },
                 [](std::int64_t number) { return std::to_string(number); },
                 [](const std::string& text) { return text; },
                 [](const std::vector<std::string>& list) { return fmt::format("[{}]", join(quoted(list), ", ")); },
                 [](const std::map<std::string, std::int64_t>& limits) { return limits_text(limits); },
                 [](const report::WordSet& set) { return words_text(set); },
                 [](Micros duration) { return python_timedelta(duration); },
                 [](const Timestamp& time) { return to_python(time); },
                 [](const report::Decimal& number) { return python_decimal(number.text); },
                 [](const report::SlotFact& slot) { return slot_text(slot); }},
      fact);
}

nlohmann::json plain_json(const Fact& fact) {
  return std::visit(
      Overloaded{[](std::nullptr_t) { return nlohmann::json(nullptr); }, [](bool flag) { return nlohmann::json(flag); },
                 [](std::int64_t number) { return nlohmann::json(number); },
                 [](const std::vector<std::string>& list) { return nlohmann::json(list); },
                 [](const std::map<std::string, std::int64_t>& limits) { return nlohmann::json(limits); },
                 [](const auto& other) { return nlohmann::json(redact_passwords(python_text(other))); }},
      fact);
}

nlohmann::json typed_json(const Fact& fact) {
  return std::visit(
      Overloaded{[](const report::WordSet& set) {
                   return nlohmann::json(join({set.words.begin(), set.words.end()}, ","));
                 },
                 [](Micros duration) { return nlohmann::json(human_interval(duration)); },
                 [](const Timestamp& time) { return nlohmann::json(to_iso(in_local_zone(time))); },
                 [](const report::Decimal& number) { return nlohmann::json(parse_double(number.text).value_or(0)); },
                 [](const report::SlotFact& slot) {
                   return nlohmann::json::array({slot.name, slot.active, json_or_null(slot.restart_lsn)});
                 },
                 [](const auto& other) { return plain_json(other); }},
      fact);
}

nlohmann::json option_json(const config::OptionValue::Variant& value) {
  return std::visit(
      [](const auto& content) -> nlohmann::json {
        using T = std::decay_t<decltype(content)>;
        if constexpr (std::is_same_v<T, std::set<std::string>>)
          return typed_json(report::WordSet{"", content});
        else if constexpr (std::is_same_v<T, config::RetentionPolicy>)
          return content.canonical();
        else
          return typed_json(content);
      },
      value);
}

}  // namespace barman::output
