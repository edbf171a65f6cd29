#pragma once
#include <optional>
#include <string_view>

// When drills are due, as the configuration says it.
namespace barman::config {

// "daily", "weekly", "every 3 days": days from one drill to the next; nullopt: none of these.
std::optional<int> parse_drill_interval(std::string_view text);

// Minutes of the day, by the clocks of the host. `end` may be smaller than `begin`, and lies on the next day then; the
// same: all day.
struct DrillWindow {
  int begin = 0, end = 0;
  friend bool operator==(const DrillWindow&, const DrillWindow&) = default;
};
// "22-6", "22:30-06:00".
std::optional<DrillWindow> parse_drill_window(std::string_view text);

}  // namespace barman::config
