#pragma once
#include <memory>
#include <string>
#include <vector>

#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "remote.h"

namespace barman::clients {

// Fetches one file, decompresses it if it came compressed, and returns it whole but not committed, gathered beside
// `target`. Throws Failure (connection 2, else the remote status), which sleeps first if so asked.
std::unique_ptr<fs::FileReplacement> get_wal(exec::Runner& runner, const Remote& remote, const GetWalRequest& request,
                                             const std::string& target, mode_t mode, int sleep_seconds = 0);

// Names of the files that can be fetched, from the requested one on. Throws Failure(2).
std::vector<std::string> peek(exec::Runner& runner, const Remote& remote, GetWalRequest request, int count);

}  // namespace barman::clients
