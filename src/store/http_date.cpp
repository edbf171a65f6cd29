#include "http_date.h"

#include <fmt/core.h>

#include <array>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::store {
namespace {

constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string http_date(std::time_t time) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days.at(static_cast<std::size_t>(parts.tm_wday)),
                     parts.tm_mday, months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
  const std::vector<std::string> words = split_whitespace(text);
  if (words.size() != 6 || words[5] != "GMT") return std::nullopt;
  for (std::size_t month = 0; month < months.size(); ++month)
    if (months[month] == words[2])
      return parse_timestamp(fmt::format("{}-{:02}-{} {}+00:00", words[3], month + 1, words[1], words[4]));
  return std::nullopt;
}

}  // namespace barman::store
