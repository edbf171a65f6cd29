#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/restore/target.h"

namespace barman::restore {

// Everything that decides the recovery settings (algorithms.md 15.5).
struct RecoverySettingsInput {
  RecoveryTarget target;
  std::int64_t server_version = 0;  // 150020
  bool get_wal = false;
  bool standby_mode = false;
  bool remote = false;
  std::string server_name;
  std::string barman_user;  // for the remote client
  std::string local_user;   // who runs barman here
  std::string barman_host;  // fully qualified name of this machine
  std::int64_t jobs = 1;
  std::optional<std::string> restore_command;  // custom
  std::optional<std::string> ssh_port;
  std::string wal_directory;  // where copied WAL lies
};

// The lines, in order. Values are quoted for PostgreSQL's configuration grammar, words of
// commands also for the shell.
std::vector<std::string> recovery_settings(const RecoverySettingsInput& input);

// Which file carries them and which signal file PostgreSQL 12 and later wants.
enum class RecoveryFile { recovery_conf, automatic_conf };
RecoveryFile recovery_file(std::int64_t server_version);

}  // namespace barman::restore
