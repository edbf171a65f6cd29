#include "barman/drill/schedule.h"

namespace barman::drill {
namespace {

constexpr std::int64_t minute = 60, day = 24 * 60 * minute;

std::int64_t local_seconds(const Timestamp& time) { return time.seconds() + time.offset; }

std::int64_t floor_of(std::int64_t seconds, std::int64_t unit) {
  return seconds >= 0 ? seconds / unit : -((-seconds + unit - 1) / unit);
}

}  // namespace

bool is_due(const Schedule& schedule, const std::optional<Timestamp>& last, const Timestamp& now) {
  const std::int64_t begin = schedule.window ? schedule.window->begin * minute : 0;
  const auto day_of = [&](const Timestamp& time) { return floor_of(local_seconds(time) - begin, day); };
  if (schedule.window) {
    const std::int64_t since_begin = local_seconds(now) - begin - day_of(now) * day;
    const std::int64_t length = (schedule.window->end * minute - begin + day) % day;
    if (length != 0 && since_begin >= length) return false;
  }
  if (!last) return true;
  const std::int64_t passed = day_of(now) - day_of({last->micros, now.offset});
  return passed >= schedule.days || passed < 0;  // a clock that was set back must not end drills for years
}

}  // namespace barman::drill
