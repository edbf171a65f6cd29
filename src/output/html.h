#pragma once
#include <fmt/core.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "barman/core/time.h"

namespace barman::output {

// Text that is HTML already.
struct Markup {
  std::string text;
  Markup& operator+=(const Markup& more) {
    text += more.text;
    return *this;
  }
};

// Any text as content or as the value of an attribute: what HTML would read is escaped, what it forbids is replaced by
// U+FFFD.
std::string escape_html(std::string_view text);

namespace detail {
template <typename Value>
struct Shield {
  using type = std::conditional_t<std::is_arithmetic_v<Value>, Value, std::string>;
};
inline std::string shielded(const Markup& markup) { return markup.text; }
template <typename Value>
typename Shield<std::decay_t<Value>>::type shielded(const Value& value) {
  if constexpr (std::is_arithmetic_v<Value>)
    return value;
  else
    return escape_html(value);
}
}  // namespace detail

// As fmt::format. The pattern is HTML; values that are text are escaped, Markup and numbers are taken as they are.
template <typename... Values>
Markup html(fmt::format_string<typename detail::Shield<std::decay_t<Values>>::type...> pattern,
            const Values&... values) {
  return {fmt::format(pattern, detail::shielded(values)...)};
}

Markup joined(const std::vector<Markup>& items, std::string_view separator);

// "2026-11-29 19:20", in the zone of the time.
std::string minute_text(const Timestamp& time);
std::string date_text(const Timestamp& time);
// "45 s", "12 min", "3.5 h", "2.1 days": for places where human_interval() is too long.
std::string short_interval(double seconds);

}  // namespace barman::output
