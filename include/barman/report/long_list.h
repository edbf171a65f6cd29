#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/report/backups.h"

namespace barman::report {

// list-backups --long: what list-backups says of a backup, and how long it stays.
struct LongListEntry {
  BackupListEntry backup;
  std::optional<Micros> age;  // since its copy ended
  // Who asked to keep it: full, standalone; unset: nobody.
  std::optional<std::string> kept;
  bool kept_by_calendar = false;
  // When retention removes it: due, time, backups, kept, calendar, none, unjudged (backup/expiry.h).
  std::string expires = "none";
  std::optional<Timestamp> expires_at;  // time
  std::int64_t backups_until = 0;       // backups
  struct Drill {
    bool passed = false;
    Timestamp time;
  };
  std::optional<Drill> drill;  // the last one
};

struct LongBackupList {
  std::string server;
  std::optional<std::string> policy, calendar;  // in their canonical form; unset: there is none
  std::optional<std::string> copy;              // where the backups are, if all that is known is a second copy
  std::vector<LongListEntry> entries;           // newest first
};

}  // namespace barman::report
