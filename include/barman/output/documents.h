#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/catalog/sync_info.h"
#include "barman/catalog/xlogdb.h"
#include "barman/config/configuration.h"
#include "barman/config/server_config.h"
#include "barman/report/servers.h"

namespace barman::output {

// What diagnose found out about one server.
struct ServerDiagnosis {
  const config::ServerConfig& config;
  report::Facts status;  // app::live_facts
  std::map<std::string, catalog::BackupInfo> backups;
  std::map<std::string, catalog::WalEntry> last_wals;  // by timeline
  std::optional<report::SystemInfo> system;
};

struct Diagnosis {
  const config::Configuration& configuration;
  report::SystemInfo system;
  Timestamp time;
  std::vector<ServerDiagnosis> servers;
  bool show_sources = false;
};

// barman.json of an exported backup (formats.md section 17): the host that made it, without the last newline.
std::string system_text(const report::SystemInfo& system, const Timestamp& time);

// The JSON document of diagnose (json.md 3.12), indented, without the last newline. Passwords are hidden.
std::string diagnosis_text(const Diagnosis& diagnosis);

// The JSON document of sync-info (json.md 3.13), indented, without the last newline.
std::string sync_info_text(const catalog::SyncInfo& info, const config::ServerConfig& config);

}  // namespace barman::output
