#pragma once
#include <optional>
#include <string>

#include "barman/recovery/judgement.h"
#include "barman/report/drill.h"
#include "barman/restore/target.h"
#include "server_log.h"

namespace barman::drill {

report::Drill::Target reported_target(const restore::TargetRequest& request);

// What was seen of a recovery that has ended.
struct Seen {
  bool has_target = false;
  std::optional<std::string> stop;               // what PostgreSQL says of its stop
  std::optional<recovery::TransactionEnd> last;  // that was applied, as the WAL has it; nullopt: none, not known
  std::optional<std::int64_t> last_micros;       // as PostgreSQL says it; nullopt: it says nothing
  std::optional<std::string> status;             // of that transaction, as PostgreSQL says it
};

// Whether recovery has done what was foretold. `foretold`: nullopt where the WAL could not be read before.
report::Drill::Check judge_target(const std::optional<recovery::Judgement>& foretold, const Seen& seen);

}  // namespace barman::drill
