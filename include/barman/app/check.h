#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "barman/report/check.h"
#include "barman/server/server_context.h"

namespace barman::app {

// The time limit for a server instead of check_timeout; 0: none.
using CheckTimeout = std::optional<std::chrono::seconds>;

// `check` of one server. Failed checks are logged, nothing is printed.
report::CheckReport check_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                 CheckTimeout timeout = {});

// Several servers, at most `parallel` at the same time. `show` gets each report in the order asked for, on this
// thread, as soon as those before it are there. The time goes into waiting for servers that do not answer, so there
// are many more at a time than cores. A server that cannot be checked at all is reported as one that failed its check.
inline constexpr std::size_t checked_at_once = 128;
void check_servers(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers,
                   CheckTimeout timeout, const std::function<void(const report::CheckReport&)>& show,
                   std::size_t parallel = checked_at_once);
void explain_servers(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers,
                     CheckTimeout timeout, const std::function<void(const report::Explanation&)>& show,
                     std::size_t parallel = checked_at_once);

// The silent check before a backup. Throws Error(refused) when a check that blocks backups failed or the time was over.
void require_ready_for_backup(ServerContext& server, CheckTimeout timeout = {});

// The silent check before receive-wal.
bool ready_for_streaming(ServerContext& server);

}  // namespace barman::app
