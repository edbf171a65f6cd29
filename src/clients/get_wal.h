#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "remote.h"

namespace barman::clients {

// Where the content of a file is gathered, and for whom.
struct Receiver {
  std::string target;  // beside it
  mode_t mode = 0600;
  std::optional<std::uint64_t> system_id;  // of the cluster, where that is known
  int sleep_seconds = 0;                   // before a failure is reported
};

// Fetches one file, decompresses it if it came compressed, and returns it whole but not committed. Throws Failure
// (connection, or content that cannot be that file: 2, else the remote status).
std::unique_ptr<fs::FileReplacement> get_wal(exec::Runner& runner, const Remote& remote, const GetWalRequest& request,
                                             const Receiver& receiver);

// Names of the files that can be fetched, from the requested one on. Throws Failure(2).
std::vector<std::string> peek(exec::Runner& runner, const Remote& remote, GetWalRequest request, int count);

// Why a file of `size` bytes beginning with `head` must not be given to PostgreSQL as the WAL file `wal` of the cluster
// `system_id` (nullopt: any); std::nullopt: nothing speaks against it. Content that is no WAL of PostgreSQL as we know
// it is judged by its size alone.
std::optional<std::string> unfit_to_serve(const WalName& wal, std::string_view head, std::uint64_t size,
                                          std::optional<std::uint64_t> system_id);

// System identifier of the cluster whose pg_wal directory is going to hold `wal_destination`, from its pg_control;
// std::nullopt when there is none.
std::optional<std::uint64_t> system_id_near(const std::string& wal_destination);

}  // namespace barman::clients
