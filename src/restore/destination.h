#pragma once
#include <string>
#include <utility>
#include <vector>

#include "barman/fs/host.h"
#include "barman/restore/request.h"
#include "placement.h"

namespace barman::restore {

// Makes the destination and the tablespace directories (0700) unless they are there, and proves that they can be
// written to. `bare`: they must stay empty until something else fills them, so one inside the destination is not made.
void prepare_destinations(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces, bool bare,
                          fs::Host& host);

// The destination and the tablespace directories as they were before the restore wrote there.
class DestinationBefore {
 public:
  DestinationBefore(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces, fs::Host& host);
  // Removes what has come since, which is in the way of the next attempt; failures are only logged.
  void bring_back() const;

 private:
  fs::Host& host_;
  std::vector<std::pair<std::string, std::vector<std::string>>> entries_;  // of each directory
};

// What a backup may hold and a cluster must not start with: log files, WAL, the marks of a running server and of an
// earlier recovery. A copy leaves it out, pg_combinebackup does not.
void remove_leftovers(const std::string& destination, fs::Host& host);

}  // namespace barman::restore
