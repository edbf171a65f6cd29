#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "barman/catalog/backup_info.h"
#include "barman/catalog/xlogdb.h"
#include "barman/config/server_config.h"
#include "barman/core/error.h"
#include "barman/report/servers.h"
#include "barman/server/server_context.h"

// What show-servers and diagnose show of a server.
namespace barman::app {

// One value of the configuration.
report::Fact to_fact(const std::string& option, const config::OptionValue& value);

// State of PostgreSQL, its archiver, the streaming connection and the client programs. Empty for a server that is not
// active, or passive. What cannot be had is null and goes to the log; nothing is thrown for it.
report::Facts live_facts(ServerContext& server);

// Configuration and state.
report::ServerFacts describe_server(ServerContext& server);

// Warns when primary_conninfo has no effect because conninfo is no standby. Silent when PostgreSQL cannot be asked.
void warn_of_unused_primary(ServerContext& server);

// What the machine of `runner` says about itself.
report::SystemInfo system_info(exec::Runner& runner);
// The same of the machine that this runs on.
report::SystemInfo own_system_info();
// The machine of PostgreSQL; nullopt without ssh_command or when ssh does not get there.
std::optional<report::SystemInfo> remote_system_info(ServerContext& server);

// What diagnose finds out about a server.
struct Findings {
  report::Facts status;
  std::map<std::string, catalog::BackupInfo> backups;  // those that can be read
  std::map<std::string, catalog::WalEntry> last_wals;  // last line of the index by timeline ("00000001")
  std::optional<report::SystemInfo> system;            // of the machine of PostgreSQL
};
// Each part is worth having without the others: `attempt` runs it, and decides about a failure. Backups that cannot be
// read go to `report_error`.
Findings diagnose(ServerContext& server, const std::function<void(const std::function<void()>& part)>& attempt,
                  const std::function<void(const Error&)>& report_error);

}  // namespace barman::app
