#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/report/backups.h"
#include "barman/restore/restore.h"
#include "barman/restore/target.h"

namespace barman::restore {

// Makes the restored configuration files safe and adds the recovery settings; reports what was changed, what wants a
// look and what is missing. Originals stay beside them as *.origin. Creates recovery.signal or standby.signal.
void configure_cluster(const RestoreRequest& request, const catalog::BackupInfo& backup,
                       const std::vector<std::string>& settings, bool wants_recovery, const RestoreRun& run,
                       report::RestoreReport& report);

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
  bool wal_in_store = false;
  std::string wal_directory;  // where copied WAL lies
};

// The lines, in order. Values are quoted for PostgreSQL's configuration grammar, words of
// commands also for the shell.
std::vector<std::string> recovery_settings(const RecoverySettingsInput& input);

// Which file carries them and which signal file PostgreSQL 12 and later wants.
enum class RecoveryFile { recovery_conf, automatic_conf };
RecoveryFile recovery_file(std::int64_t server_version);

using report::ReportedSetting;

// A configuration file made safe for a restored cluster (algorithms.md 15.6).
struct EditedConfiguration {
  std::string text;
  std::vector<ReportedSetting> changes;  // archive_command and recovery targets neutralised
};

// Comments out what would harm, appends `settings` after an empty line. Keys are compared as PostgreSQL does, in any
// case.
EditedConfiguration make_safe(std::string_view file, std::string_view text, const std::vector<std::string>& settings);
// Settings that point outside the cluster and want a look.
std::vector<ReportedSetting> dangerous_settings(std::string_view file, std::string_view text);

// The value of a setting as PostgreSQL reads it, the last one if there are several; std::nullopt: it is not there.
std::optional<std::string> setting_in(std::string_view text, std::string_view key);

}  // namespace barman::restore
