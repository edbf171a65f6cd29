#pragma once
#include <functional>
#include <optional>
#include <string>

#include "barman/core/error.h"
#include "barman/report/retention.h"
#include "barman/server/server_context.h"

namespace barman::app {

struct RetentionQuestion {
  std::optional<std::string> policy;  // instead of the configured one
  bool explain = false;
};

// `barman retention`: what cron does next by the policy and the calendar, each with its reasons. Nothing changes.
// Entries that cannot be read go to `report_error`; they stay. Throws Error(config) for a policy that cannot be read.
report::RetentionReport explain_retention(ServerContext& server, const RetentionQuestion& question,
                                          const std::function<void(const Error&)>& report_error);

}  // namespace barman::app
