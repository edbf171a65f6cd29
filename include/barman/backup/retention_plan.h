#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/retention.h"
#include "barman/catalog/retention_calendar.h"
#include "barman/catalog/wal_purge_rule.h"
#include "barman/config/server_config.h"

// What retention does next with the backups of a server: cron carries it out, `barman retention` shows it.
namespace barman::backup {

struct RetentionRules {
  std::optional<config::RetentionPolicy> policy;  // unset: nothing goes but what is half-deleted
  std::int64_t minimum_redundancy = 0;
  std::optional<config::RetentionCalendar> calendar;
};
// Of the server. Of a calendar that is invalid it is not known what it would keep: see removes_by_policy().
RetentionRules rules_of(const config::ServerConfig& config);

// The policy is enforced: there is one, its mode is auto, and the calendar, if any, can be read.
bool removes_by_policy(const config::ServerConfig& config);

struct RetentionStep {
  const catalog::BackupInfo* backup = nullptr;
  bool goes = false;
  bool orphan = false;  // files without their entry or the other way round: reported by whoever would remove it
  catalog::RetentionStatus status = catalog::RetentionStatus::none;  // once the calendar's keeps are as they should be
  std::vector<catalog::RetentionReason> reasons;                     // the one that decides comes first
};

struct RetentionPlan {
  catalog::CalendarKeeping calendar;  // comes first, and is durable before anything goes
  catalog::CalendarHolds holds;
  std::vector<RetentionStep> steps;  // in the order in which the backups were taken
};

// `is_ours`: the keep of that backup is the calendar's (catalog/calendar_keeps.h).
RetentionPlan plan_retention(const catalog::BackupCatalog& catalog, const catalog::Keeps& keep,
                             const std::function<bool(const std::string& id)>& is_ours, const RetentionRules& rules,
                             const Timestamp& at);

}  // namespace barman::backup
