#include "target_check.h"

#include <fmt/core.h>

namespace barman::drill {
namespace {

using recovery::TransactionEnd;

std::string words_of(const std::optional<TransactionEnd>& end) {
  if (!end) return "no commit or abort";
  return fmt::format("the {} of transaction {} at {}, {}", end->is_abort ? "abort" : "commit", end->xid,
                     to_string(end->lsn), to_python(local_timestamp(end->micros)));
}

std::string wrong(const std::optional<recovery::Judgement>& foretold, const Seen& seen) {
  if (seen.has_target && !seen.stop) return "PostgreSQL has come to the end of the WAL without reaching the target";
  if (!foretold) return "";
  if (!foretold->stop) return fmt::format("it was reached, although {}", foretold->reason);
  const auto& expected = foretold->stop->last;
  if (expected != seen.last)
    return fmt::format("the last that was applied is {}, and should be {}", words_of(seen.last), words_of(expected));
  if (seen.last && seen.last_micros && *seen.last_micros != seen.last->micros)
    return fmt::format("PostgreSQL says that the last transaction ended at {}, and the WAL says {}",
                       to_python(local_timestamp(*seen.last_micros)), words_of(seen.last));
  if (seen.last && seen.status && *seen.status != (seen.last->is_abort ? "aborted" : "committed"))
    return fmt::format("{} was applied, and PostgreSQL says that it is {}", words_of(seen.last), *seen.status);
  return "";
}

}  // namespace

report::Drill::Target reported_target(const restore::TargetRequest& request) {
  report::Drill::Target target;
  target.timeline = request.timeline;
  if (request.time || request.xid || request.lsn) target.inclusive = !request.exclusive;
  if (request.time) {
    target.kind = "time";
    target.value = request.time;
  } else if (request.xid) {
    target.kind = "xid";
    target.value = request.xid;
  } else if (request.lsn) {
    target.kind = "lsn";
    target.value = request.lsn;
  } else if (request.name) {
    target.kind = "name";
    target.value = request.name;
  } else if (request.immediate) {
    target.kind = "immediate";
  }
  return target;
}

report::Drill::Check judge_target(const std::optional<recovery::Judgement>& foretold, const Seen& seen) {
  if (std::string problem = wrong(foretold, seen); !problem.empty()) return {"target", false, std::move(problem)};
  std::string detail = "recovery ended " + (seen.stop ? *seen.stop : std::string("at the end of the WAL"));
  if (foretold) detail += fmt::format("; the last that was applied is {}, as foretold", words_of(seen.last));
  return {"target", true, detail};
}

}  // namespace barman::drill
