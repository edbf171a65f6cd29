#pragma once
#include <optional>
#include <string>
#include <vector>

// What the checks of a WAL archive say.
namespace barman::report {

// check-wal-archive.
struct WalArchiveCheck {
  std::string server;
  bool passed = false;
  std::string failure{};  // why not; reported as an error of its own
};

// check-archived-wal-range.
struct WalRangeCheck {
  std::string server;
  std::string begin, end;                           // as typed
  std::optional<std::vector<std::string>> missing;  // unset: could not be found out
  std::string failure{};                            // why, or that some are; reported as an error of its own
};

}  // namespace barman::report
