#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/report/servers.h"
#include "barman/server/server_context.h"

// The processes of Barman on this machine: this one, those that run, and those that are started in the background.
namespace barman::app {

// Makes this process run as `user` (barman_user): nothing to do when it does already; root changes uid, gid, groups and
// HOME; anybody else gets Error(config).
void become_user(const std::string& user);

report::ProcessList running_processes(ServerContext& server);

// Asks the first process of that task to stop (SIGINT) and waits at most ten seconds. Throws Error when there is none,
// when it does not stop, or when it is not one of Barman's: nobody else gets a signal. A receiver that systemd
// supervises is stopped through its unit, or it would come back.
void terminate_process(ServerContext& server, const std::string& task);

// `lock-directory-cleanup`: removes the lock files that nobody holds.
void remove_free_locks(const config::GlobalConfig& global);

// Starts another barman command in the background, as cron does; nobody waits for it.
void start_child(const std::string& configuration_file, const std::vector<std::string>& arguments,
                 bool keep_descriptors = false);

// The receive-wal that runs in the background for a server with streaming_archiver. Starts it, as a systemd unit where
// there is one, and says so. Does nothing while one runs.
void start_receiver(ServerContext& server, bool keep_descriptors = false);
// Stops the one that runs, if any, after the announcement (if not empty).
void stop_receiver(ServerContext& server, const std::string& announcement = {});
// After the configuration has changed: stops it, and starts it again if an active server wants one.
void restart_receiver(ServerContext& server);

// The systemd unit of a server's receiver, if systemd runs this machine and can have a unit for that name.
std::optional<std::string> receive_wal_unit(const std::string& server);
// systemctl itself waits for TimeoutStartSec and TimeoutStopSec, 90 seconds unless configured otherwise.
inline constexpr std::chrono::minutes longest_unit_action{5};

// --- The decisions, pure

// The unit's name, for names that systemd takes as they are.
std::optional<std::string> receive_wal_unit_name(const std::string& server);
// Whether a command line, as /proc has it, is one of Barman's: this program, or Python with that of Barman.
bool is_barman(std::string_view command_line);
// argv of a child: this executable, -c {configuration} -q {arguments}.
std::vector<std::string> child_command(const std::string& executable, const std::string& configuration,
                                       const std::vector<std::string>& arguments);

}  // namespace barman::app
