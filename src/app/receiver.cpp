#include "barman/app/receiver.h"

#include <fmt/core.h>

#include "barman/app/child_process.h"
#include "barman/app/processes.h"
#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/lock_file.h"

namespace barman::app {
namespace {

// False: there is no such unit, or systemd does not want to; then the receiver is our own child.
bool start_unit(Server& server) {
  const std::string& name = server.config().name;
  const auto unit = receive_wal_unit(name);
  if (!unit) return false;
  const exec::Command command({"systemctl", "--no-ask-password", "start", *unit},
                              exec::Limits::within(longest_unit_action));
  try {
    if (!server.local().run(command).ok()) return false;
  } catch (const Error& error) {
    return false;
  }
  server.notifier().info(fmt::format("Starting streaming archiver for server {} via systemd unit {}", name, *unit));
  return true;
}

}  // namespace

void start_receiver(Server& server, bool keep_descriptors) {
  if (!fs::LockFile::try_acquire(server.locks().receive_wal())) return;
  if (start_unit(server)) return;
  const std::string& name = server.config().name;
  server.notifier().info(fmt::format("Starting streaming archiver for server {}", name));
  start_child(server.global().file, {"receive-wal", name}, keep_descriptors);
}

void stop_receiver(Server& server, const std::string& announcement) {
  if (!fs::lock_state(server.locks().receive_wal()).held) return;
  if (!announcement.empty()) server.notifier().info(announcement);
  terminate_process(server, "receive-wal");
}

void restart_receiver(Server& server) {
  stop_receiver(server);
  const config::ServerConfig& config = server.config();
  if (config.live() && !config.disabled() && config.streaming_archiver) start_receiver(server);
}

}  // namespace barman::app
