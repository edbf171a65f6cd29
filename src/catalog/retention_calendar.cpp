#include "barman/catalog/retention_calendar.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

namespace barman::catalog {
namespace {

namespace chrono = std::chrono;

bool is_valid(const BackupInfo& backup, const Timestamp& now) {
  return backup.status == BackupStatus::done && backup.type() != BackupType::incremental && backup.begin_time &&
         *backup.begin_time <= now;
}

chrono::sys_days local_day(const Timestamp& time) {
  const Timestamp here = in_local_zone(time);
  return chrono::floor<chrono::days>(
      chrono::sys_time<chrono::microseconds>(chrono::microseconds(here.micros) + chrono::seconds(here.offset)));
}

// Names of periods, which sort as the periods follow one another.
std::string day_of(chrono::sys_days day) {
  const chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

// ISO 8601: a week belongs to the year of its Thursday.
std::string week_of(chrono::sys_days day) {
  constexpr int days_in_week = 7;
  const chrono::sys_days monday = day - (chrono::weekday(day) - chrono::Monday);
  const chrono::sys_days thursday = monday + chrono::days(3);
  const chrono::year year = chrono::year_month_day(thursday).year();
  const auto since_new_year = thursday - chrono::sys_days(year / chrono::January / 1);
  return fmt::format("{:04}-W{:02}", static_cast<int>(year), since_new_year.count() / days_in_week + 1);
}

std::string month_of(chrono::sys_days day) { return day_of(day).substr(0, sizeof("2026-11") - 1); }
std::string year_of(chrono::sys_days day) { return day_of(day).substr(0, sizeof("2026") - 1); }

struct Kind {
  const char* word;
  int config::RetentionCalendar::*count;
  std::string (*name)(chrono::sys_days);
};
constexpr auto kinds = std::to_array<Kind>({{"day", &config::RetentionCalendar::days, day_of},
                                            {"week", &config::RetentionCalendar::weeks, week_of},
                                            {"month", &config::RetentionCalendar::months, month_of},
                                            {"year", &config::RetentionCalendar::years, year_of}});

}  // namespace

CalendarHolds calendar_holds(const std::map<std::string, BackupInfo>& backups,
                             const config::RetentionCalendar& calendar, const Timestamp& now,
                             const TimelineHistories& histories) {
  CalendarHolds holds;
  const auto order = in_order(backups, histories);
  for (const Kind& kind : kinds) {
    std::map<std::string, std::string> first;  // id by name of the period
    for (const BackupInfo* backup : order)
      if (is_valid(*backup, now)) first.try_emplace(kind.name(local_day(*backup->begin_time)), backup->backup_id);
    int left = calendar.*kind.count;
    for (auto period = first.rbegin(); period != first.rend() && left > 0; ++period, --left) {
      std::string& text = holds[period->second];
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", kind.word, period->first);
    }
  }
  return holds;
}

CalendarKeeping calendar_keeping(const CalendarHolds& holds, const std::map<std::string, RetentionVerdict>& verdicts,
                                 const std::function<bool(const std::string& id)>& is_kept,
                                 const std::function<bool(const std::string& id)>& is_ours) {
  CalendarKeeping keeping;
  for (const auto& [id, verdict] : verdicts) {
    const bool by_calendar_alone = verdict.by_policy == RetentionStatus::obsolete && holds.contains(id);
    if (by_calendar_alone && !is_kept(id)) keeping.keep.push_back(id);
    if (!by_calendar_alone && is_kept(id) && is_ours(id)) keeping.release.push_back(id);
  }
  return keeping;
}

}  // namespace barman::catalog
