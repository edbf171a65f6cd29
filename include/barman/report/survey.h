#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/time.h"
#include "barman/report/check.h"
#include "barman/report/drill.h"
#include "barman/report/recovery_window.h"
#include "barman/report/retention.h"
#include "barman/report/servers.h"

// What the files of this machine say of its servers, without anybody being asked: what metrics and the report are made
// of.
namespace barman::report {

struct SurveyedBackup {
  std::string id, status, type;  // as list-backups says them
  std::optional<std::string> name, parent, error;
  std::optional<std::int64_t> timeline;
  std::optional<Timestamp> begin, end;
  // DONE or WAITING_FOR_WALS, and its deletion has not begun; only then the following.
  bool copied = false;
  bool torn = false;                             // incremental, and what it is restored with is missing or not whole
  std::int64_t size = 0;                         // of the base backup, as it would be restored
  std::int64_t stored = 0;                       // without what is shared with other backups
  std::int64_t needed_wal = 0;                   // bytes of the WAL that makes it consistent
  std::int64_t later_wal = 0;                    // of what follows, up to the next backup
  std::optional<double> seconds;                 // its copy took
  std::string keep;                              // "full", "standalone"; empty: nobody has asked for it
  std::string retention = "-";                   // VALID, OBSOLETE, ...
  bool goes = false;                             // by the retention policy, next
  std::vector<RetentionReport::Reason> reasons;  // for either
};

// Archived segments of one timeline.
struct SurveyedTimeline {
  std::int64_t files = 0, bytes = 0;
  std::string newest;                // by its name
  std::optional<Timestamp> written;  // that one
};

struct WalVolume {
  std::int64_t files = 0, bytes = 0;
};

// WAL that has arrived and is not archived.
struct WaitingWal {
  std::string source;  // "incoming", "streaming"
  std::int64_t files = 0, bytes = 0;
  std::optional<double> oldest_seconds;
};

// What PostgreSQL says of the WAL that it keeps for us.
struct HeldWal {
  struct Slot {
    std::string name;
    bool active = false;
    std::int64_t retained_bytes = 0;
  };
  std::optional<Slot> slot;
  std::optional<std::int64_t> receive_lag_bytes;  // between it and our receive-wal
};

struct SurveyedFilesystem {
  std::string path;  // one of those on it
  std::int64_t size = 0, available = 0;
};

struct KnownStall {
  std::string kind;
  Timestamp since;
};

struct SurveyedServer {
  std::string name;
  std::optional<std::string> description;
  std::string mode;  // active, passive, inactive, disabled
  std::string backup_method;
  std::optional<std::string> system_id;
  std::optional<std::int64_t> postgres_version;  // 150004, of the newest backup
  std::vector<std::string> problems;  // parts of the survey that failed, and what is wrong with the configuration

  // The catalogue could be read; otherwise nothing is known of backups, and that there are none is not said.
  bool backups_known = false;
  std::vector<SurveyedBackup> backups;  // by id, the newest first, as list-backups has them
  // Of those that can be restored, in the order in which they were taken.
  std::optional<std::string> first_backup, last_backup;
  std::optional<std::string> failed_last;  // the newest of all, where that one has failed
  std::int64_t redundancy = 0, minimum_redundancy = 0;
  std::optional<Micros> maximum_age, maximum_wal_age;  // last_backup_maximum_age, last_wal_maximum_age
  std::optional<std::string> retention_policy, retention_calendar, not_enforced;

  std::optional<RecoveryWindow> window;
  // When the last segment of each of its intervals was written: all that is known of an end without a commit.
  std::vector<std::optional<Timestamp>> written;
  std::map<std::uint32_t, SurveyedTimeline> timelines;
  std::int64_t segment_size = 16 * 1024 * 1024;
  std::map<std::int64_t, WalVolume> wal_days;  // by local days since 1970-01-01, the last ninety
  std::vector<WaitingWal> waiting;
  std::optional<std::int64_t> error_files;  // in its errors directory
  bool streams_wal = false;                 // receive-wal is to run
  std::optional<ProcessList> processes;
  std::vector<KnownStall> stalls;  // as cron saw them last
  DrillHistory drills;
  // That its backups and its WAL are on: paths of Survey::filesystems; empty: in an object store, or not known.
  std::string backup_filesystem, wal_filesystem;
  Facts configuration;  // what is set; may hold passwords in conninfo

  std::optional<CheckReport> check;  // these two only where servers were asked
  std::optional<HeldWal> held;

  const SurveyedBackup* find(const std::optional<std::string>& id) const;  // nullptr: there is none
  std::optional<Timestamp> last_archived() const;  // when the newest segment of the highest timeline was written
  bool runs(std::string_view task) const;          // now, as far as is known
};

struct CronRun {
  Timestamp ended;
  double seconds = 0;
};

// The day of a time in its zone, in days since 1970-01-01.
std::int64_t local_day(const Timestamp& time);

struct Survey {
  Timestamp at;
  std::string home;
  std::string version, compatible;
  std::optional<CronRun> cron;  // the last one that came to its end
  std::vector<SurveyedFilesystem> filesystems;
  std::vector<SurveyedServer> servers;
};

}  // namespace barman::report
