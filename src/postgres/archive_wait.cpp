#include "archive_wait.h"

#include <algorithm>
#include <chrono>

#include "barman/core/signals.h"
#include "queries.h"
#include "values.h"

namespace barman::postgres {
namespace {

constexpr int first_with_archive_status = 120000;
constexpr int first_pause_ms = 10, longest_pause_ms = 250;
constexpr std::chrono::seconds between_looks{1};

}  // namespace

bool may_see_archive_status(const Ask& ask, int version) {
  if (version < first_with_archive_status) return false;
  const std::string_view what = "the privileges for pg_ls_archive_statusdir()";
  return bool_of(single_row(ask(queries::may_see_archive_status(), {}), what)[0], what);
}

void wait_until_archived(const Ask& ask, const std::function<void()>& while_waiting) {
  const std::string_view what = "what waits for the archiver";
  const std::string waiting = text_of(single_row(ask(queries::waiting_for_archiver(), {}), what)[0], what);
  auto next_look = std::chrono::steady_clock::now() + between_looks;
  for (int pause = first_pause_ms;
       bool_of(single_row(ask(queries::any_waits_for_archiver(), {waiting}), what)[0], what);
       pause = std::min(2 * pause, longest_pause_ms)) {
    signals::sleep_ms(pause);
    signals::throw_if_pending();
    if (!while_waiting || std::chrono::steady_clock::now() < next_look) continue;
    while_waiting();
    next_look += between_looks;
  }
}

}  // namespace barman::postgres
