#include "target_request.h"

namespace barman::app {

restore::TargetRequest target_request(const RecoveryTarget& options) {
  restore::TargetRequest target{.time = options.time,
                                .xid = options.xid,
                                .lsn = options.lsn,
                                .name = options.name,
                                .immediate = options.immediate,
                                .timeline = options.tli,
                                .exclusive = options.exclusive,
                                .action = std::nullopt};
  if (options.action == "pause") target.action = restore::TargetAction::pause;
  if (options.action == "shutdown") target.action = restore::TargetAction::shutdown;
  if (options.action == "promote") target.action = restore::TargetAction::promote;
  return target;
}

}  // namespace barman::app
