#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "remote.h"

namespace barman::clients {

// Where the content of a file is gathered, and for whom.
struct Receiver {
  std::string target;  // beside it
  mode_t mode = 0600;
  std::optional<std::uint64_t> system_id;  // of the cluster, where that is known
  int sleep_seconds = 0;                   // before a failure is told
};

// Fetches one file, decompresses it if it came compressed, and returns it whole but not committed. Throws Failure
// (connection, or content that cannot be that file: 2, else the remote status).
std::unique_ptr<fs::FileReplacement> get_wal(exec::Runner& runner, const Remote& remote, const GetWalRequest& request,
                                             const Receiver& receiver);

// Names of the files that can be fetched, from the requested one on. Throws Failure(2).
std::vector<std::string> peek(exec::Runner& runner, const Remote& remote, GetWalRequest request, int count);

}  // namespace barman::clients
