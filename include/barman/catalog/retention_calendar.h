#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/catalog/backup_order.h"
#include "barman/catalog/retention.h"
#include "barman/config/server_config.h"
#include "barman/core/time.h"

// What retention_calendar keeps beside the retention policy: decisions, as functions of what the catalogue holds.
namespace barman::catalog {

// The periods that a backup is held for: "day 2026-11-29, week 2026-W48, month 2026-11, year 2026"; by backup id.
using CalendarHolds = std::map<std::string, std::string>;

// For each kind of period the first valid backup of each of the last periods that have one: a day without a backup is
// no day, so nothing goes because none was taken. Valid are those that can be kept: DONE and no increments of others.
// The period is that of the beginning, as the clocks of this host showed it; of several in one period the first is that
// which was taken first (backup_order.h). A beginning that is yet to come means a wrong clock, and is in no period.
CalendarHolds calendar_holds(const std::map<std::string, BackupInfo>& backups,
                             const config::RetentionCalendar& calendar, const Timestamp& now,
                             const TimelineHistories& histories = {});

// Annotations to be set and taken back, in id order.
struct CalendarKeeping {
  std::vector<std::string> keep;     // nothing else holds them
  std::vector<std::string> release;  // kept by the calendar; it does not hold them any more, or the policy does
};
// `verdicts` are those on the backups as they are kept now. `is_ours`: the keep of that backup is the calendar's.
CalendarKeeping calendar_keeping(const CalendarHolds& holds, const std::map<std::string, RetentionVerdict>& verdicts,
                                 const std::function<bool(const std::string& id)>& is_kept,
                                 const std::function<bool(const std::string& id)>& is_ours);

}  // namespace barman::catalog
