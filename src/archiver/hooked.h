#pragma once
#include <functional>
#include <string>

#include "barman/archive/publisher.h"
#include "barman/server/server_context.h"

namespace barman::archiver {

// What became of a file, for the scripts that run after it.
struct Archived {
  catalog::WalEntry described;  // the file as they get it
  std::string error{};          // why it was not archived, or not anew
  bool go_on = true;            // false: the run has to end here
};

// Archives one file between its hook scripts. Those after it run in any case, and get what went wrong. False when the
// run has to end here.
bool archive_with_hooks(ServerContext& server, archive::PreparedWal wal,
                        const std::function<Archived(archive::PreparedWal& wal)>& archive);

// What the post hooks get as the error for a file that was archived already, in the words of Barman.
std::string duplicate_error(archive::PreparedWal::Kind kind, const catalog::WalEntry& entry);

}  // namespace barman::archiver
