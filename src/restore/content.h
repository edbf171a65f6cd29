#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/restore/plan.h"
#include "barman/restore/restore.h"
#include "placement.h"
#include "staging.h"

namespace barman::restore {

// Where a member of the chain has its parts.
struct Tree {
  std::string data;
  std::vector<std::string> tablespaces;  // in the order of BackupInfo::tablespaces
};

const std::vector<catalog::Tablespace>& tablespaces_of(const catalog::BackupInfo& backup);

// The directories of one restore: in the catalogue, in the work areas, at the destination. Opens a work area when the
// first step needs it; they are removed with it.
class Content {
 public:
  Content(const RestoreRequest& request, const std::vector<PlacedTablespace>& placed, const RestoreRun& run)
      : request_(request), placed_(placed), run_(run) {}

  fs::Host& host_of(Place place) const { return is_here(place) ? run_.server.local_host() : run_.target_host; }
  Tree tree(const catalog::BackupInfo& member, Place place);
  void make_tree(const Tree& tree, Place place) const;  // private directories, unless they are there
  // What is no longer needed makes room: all of a work area's content of one kind.
  void discard(Place place);
  // Of the work area on the host of `place`, for the process id of what works there; empty: there is no work area.
  std::string pid_file(Place place) const;

 private:
  const StagingDirectory& area(Place place);
  std::string directory(Place place);

  const RestoreRequest& request_;
  const std::vector<PlacedTablespace>& placed_;
  const RestoreRun& run_;
  std::optional<StagingDirectory> here_, there_;
};

}  // namespace barman::restore
