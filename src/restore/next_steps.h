#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/report/backups.h"
#include "barman/restore/target.h"

namespace barman::restore {

// Everything that decides what is to be done with a cluster that was restored. What is not known is left out of it.
struct RestoredCluster {
  std::string server;  // of Barman
  std::int64_t version = 0;
  std::string destination;
  std::vector<std::string> tablespaces;  // their locations
  bool remote = false;

  RecoveryTarget target;
  bool wants_recovery = false;  // has a signal file, or recovery.conf
  bool standby = false;
  std::optional<std::string> restore_command;  // that fetches WAL from Barman
  std::optional<std::string> last;             // commit or abort that is applied up to the target, in words
  std::optional<std::uint32_t> next_timeline;  // on which it will open

  std::optional<std::string> owner;  // of the destination
  std::optional<std::uint32_t> mode;
  std::string pg_ctl = "pg_ctl";
  std::optional<std::int64_t> port;  // of its configuration
  bool port_in_use = false;
  bool hot_standby = true;

  std::vector<report::ReportedSetting> changes, warnings;
  std::vector<std::string> missing_files;
  std::vector<std::string> kept_files;  // of the server, below barman_configuration/ of the destination
};

// In their order: to start it, to see that it is where it was meant to be, to open it, and to protect it again.
std::vector<report::NextStep> next_steps(const RestoredCluster& cluster);

}  // namespace barman::restore
