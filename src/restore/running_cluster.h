#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/fs/host.h"
#include "barman/report/notifier.h"
#include "placement.h"

namespace barman::restore {

// Throws Error(refused) if a PostgreSQL server works in `destination` or on one of the tablespaces: overwriting their
// files would destroy a database in use. A postmaster.pid whose process is gone, or is not a
// server, is ignored.
void refuse_running_cluster(const std::string& destination, const std::vector<PlacedTablespace>& tablespaces,
                            fs::Host& host, Notifier& notifier);

// The process that a postmaster.pid names; a single-user backend writes it with a minus. nullopt: none.
std::optional<std::int64_t> postmaster_of(std::string_view postmaster_pid);

// What the target host reports about its processes.
struct ServerProcess {
  enum class Kind { serves, other };
  Kind kind = Kind::other;
  std::int64_t pid = 0;
  std::size_t place = 0;  // 0: the destination, else the number of the tablespace
  friend bool operator==(const ServerProcess&, const ServerProcess&) = default;
};
std::optional<ServerProcess> parse_server_process(std::string_view answer);  // throws Error(remote) for nonsense

}  // namespace barman::restore
