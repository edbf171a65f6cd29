#pragma once
#include <optional>
#include <string>
#include <vector>

// What the checks of a WAL archive say.
namespace barman::report {

// check-wal-archive.
struct WalArchiveCheck {
  std::string server;
  bool passed = false;  // why not is an error of its own
};

// check-archived-wal-range.
struct WalRangeCheck {
  std::string server;
  std::string begin, end;                           // as typed
  std::optional<std::vector<std::string>> missing;  // unset: could not be found out
};

}  // namespace barman::report
