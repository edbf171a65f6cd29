#pragma once
#include <optional>
#include <string>

namespace barman::app {

// Where recovery is to stop, as typed. At most one of time, xid, lsn, name, immediate. `tli`: a number, "current" or
// "latest"; `action`: "pause", "shutdown" or "promote".
struct RecoveryTarget {
  std::optional<std::string> time, xid, lsn, name, tli, action;
  bool immediate = false, exclusive = false;
};

}  // namespace barman::app
