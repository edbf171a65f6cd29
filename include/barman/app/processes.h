#pragma once
#include <string>

#include "barman/app/server.h"
#include "barman/report/servers.h"

namespace barman::app {

report::ProcessList running_processes(Server& server);

// Asks the first process of that task to stop (SIGINT) and waits at most ten seconds. Error when there is none, when it
// does not stop, or when it is none of Barman's: nobody else gets a signal. The receiver that systemd supervises is
// stopped through its unit, or it would come back.
void terminate_process(Server& server, const std::string& task);

// `lock-directory-cleanup`: removes the lock files that nobody holds.
void remove_free_locks(const config::GlobalConfig& global);

// Pure: whether a command line, as /proc has it, is one of Barman's: this program, or Python with that of Barman.
bool is_barman(std::string_view command_line);

// The systemd unit of a server's receiver, if systemd runs this machine and can have a unit for that name.
std::optional<std::string> receive_wal_unit(const std::string& server);
// systemctl itself waits for TimeoutStartSec and TimeoutStopSec, 90 seconds unless configured otherwise.
inline constexpr std::chrono::minutes longest_unit_action{5};

// Pure: the unit's name, for names that systemd takes as they are.
std::optional<std::string> receive_wal_unit_name(const std::string& server);

}  // namespace barman::app
