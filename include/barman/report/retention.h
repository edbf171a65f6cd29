#pragma once
#include <optional>
#include <string>
#include <vector>

namespace barman::report {

// What `barman retention` says of a server: what retention does next.
struct RetentionReport {
  std::string server;
  std::optional<std::string> policy, calendar;  // in their canonical form; unset: there is none
  bool what_if = false;                         // the policy was typed: cron goes by another one
  std::optional<std::string> not_enforced;      // why nothing is removed whatever is said of each backup
  bool explain = false;                         // people see all reasons, not just the one that decides
  struct Reason {
    std::string rule, detail;
  };
  struct Backup {
    std::string id, status;
    std::optional<std::string> name;
    std::string retention;  // VALID, OBSOLETE, ... as it will be
    bool goes = false;
    std::vector<Reason> reasons;  // the one that decides comes first
  };
  std::vector<Backup> backups;  // newest first
};

}  // namespace barman::report
