#include "archive_wait.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "barman/core/signals.h"
#include "barman/core/time.h"
#include "queries.h"
#include "values.h"

namespace barman::postgres {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int first_with_archive_status = 120000, first_that_need_not_wait = 100000;
constexpr int first_pause_ms = 10, longest_pause_ms = 250;
constexpr std::chrono::seconds between_looks{1}, enough_for_statistics{5};

// Asks `is_done` again and again, more and more seldom.
void wait_until(const std::function<bool()>& is_done, const std::function<void()>& while_waiting) {
  auto next_look = Clock::now() + between_looks;
  for (int pause = first_pause_ms; !is_done(); pause = std::min(2 * pause, longest_pause_ms)) {
    signals::sleep_ms(pause);
    signals::throw_if_pending();
    if (!while_waiting || Clock::now() < next_look) continue;
    while_waiting();
    next_look += between_looks;
  }
}

void wait_by_directory(const Ask& ask, const std::function<void()>& while_waiting) {
  const std::string_view what = "what waits for the archiver";
  const std::string waiting = text_of(single_row(ask(queries::waiting_for_archiver(), {}), what)[0], what);
  const auto is_done = [&] {
    return !bool_of(single_row(ask(queries::any_waits_for_archiver(), {waiting}), what)[0], what);
  };
  wait_until(is_done, while_waiting);
}

struct ArchivedLast {
  std::string name;  // empty: nothing
  std::optional<Timestamp> time, reset;
};

ArchivedLast archived_last(const Ask& ask) {
  const auto row = single_row(ask(queries::archived_last(), {}), "what was archived last");
  return {row[0].value_or(""), maybe_timestamp(row[1], "last_archived_time"), maybe_timestamp(row[2], "stats_reset")};
}

void wait_by_statistics(const Ask& ask, const NeededWal& needed, const std::function<void()>& while_waiting) {
  const auto given_up = Clock::now() + enough_for_statistics;
  const ArchivedLast first = archived_last(ask);
  const auto is_done = [&] {
    const ArchivedLast now = archived_last(ask);
    return shows_as_archived(now.name, needed) || now.reset != first.reset ||
           (now.time != first.time && Clock::now() >= given_up);
  };
  if (!shows_as_archived(first.name, needed)) wait_until(is_done, while_waiting);
}

}  // namespace

ArchiverSight sight_of_archiver(const Ask& ask, int version) {
  if (version < first_that_need_not_wait) return ArchiverSight::none;
  const std::string_view what = "what may be seen of the archiver";
  if (!bool_of(single_row(ask(queries::archives_for_itself(), {}), what)[0], what)) return ArchiverSight::none;
  if (version < first_with_archive_status) return ArchiverSight::statistics;
  const bool may_look = bool_of(single_row(ask(queries::may_see_archive_status(), {}), what)[0], what);
  return may_look ? ArchiverSight::directory : ArchiverSight::statistics;
}

void wait_until_archived(const Ask& ask, ArchiverSight sight, const NeededWal& needed,
                         const std::function<void()>& while_waiting) {
  if (sight == ArchiverSight::directory) wait_by_directory(ask, while_waiting);
  if (sight == ArchiverSight::statistics) wait_by_statistics(ask, needed, while_waiting);
}

bool shows_as_archived(std::string_view last_archived, const NeededWal& needed) {
  const auto last = parse_wal_name(last_archived);
  if (!last || last->segment.timeline != needed.end.timeline || last->kind == WalKind::history) return false;
  return last->segment >= needed.end || (last->kind == WalKind::backup_label && last->segment == needed.begin);
}

}  // namespace barman::postgres
