#include "html.h"

#include <cmath>

#include "barman/core/utf8.h"

namespace barman::output {

std::string escape_html(std::string_view text) {
  std::string result;
  for (const char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool forbidden = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
        result += forbidden ? std::string("\xEF\xBF\xBD") : std::string(1, c);
      }
    }
  }
  return result;
}

Markup joined(const std::vector<Markup>& items, std::string_view separator) {
  Markup result;
  for (const Markup& item : items) {
    if (!result.text.empty()) result.text += separator;
    result += item;
  }
  return result;
}

std::string minute_text(const Timestamp& time) {
  constexpr std::size_t to_the_minute = 16;
  return to_python(time).substr(0, to_the_minute);
}

std::string date_text(const Timestamp& time) {
  constexpr std::size_t to_the_day = 10;
  return to_python(time).substr(0, to_the_day);
}

std::string short_interval(double seconds) {
  constexpr double minute = 60, hour = 3600, day = 86'400;
  const double size = std::abs(seconds);
  if (size < minute) return fmt::format("{:.0f} s", seconds);
  if (size < hour) return fmt::format("{:.0f} min", seconds / minute);
  if (size < 2 * day) return fmt::format("{:.1f} h", seconds / hour);
  return fmt::format("{:.1f} days", seconds / day);
}

}  // namespace barman::output
