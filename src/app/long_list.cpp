#include <map>

#include "barman/app/backup_reports.h"
#include "barman/backup/expiry.h"
#include "barman/backup/retention_plan.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/calendar_keeps.h"
#include "barman/drill/drill.h"
#include "local_backups.h"
#include "second_copy.h"

namespace barman::app {
namespace {

using report::LongListEntry;

// The last drill of each backup, by id.
std::map<std::string, LongListEntry::Drill> last_drills(const config::ServerConfig& config) {
  std::map<std::string, LongListEntry::Drill> drills;
  for (const report::Drill& drill : drill::read_history(config).drills)  // newest first
    drills.try_emplace(drill.backup_id, LongListEntry::Drill{drill.passed, drill.ended});
  return drills;
}

void add_keeps(ServerContext& server, report::LongBackupList& list) {
  const catalog::CalendarKeeps calendar(server.config(), server.annotations());
  for (LongListEntry& entry : list.entries) {
    const auto target = server.annotations().keep(entry.backup.id);
    if (!target) continue;
    entry.kept = *target == catalog::KeepTarget::standalone ? "standalone" : "full";
    entry.kept_by_calendar = calendar.is_ours(entry.backup.id);
  }
}

void add_expiries(ServerContext& server, const Timestamp& at, report::LongBackupList& list) {
  const config::ServerConfig& config = server.config();
  const backup::RetentionRules rules = backup::rules_of(config);
  if (rules.policy) list.policy = rules.policy->canonical();
  if (rules.calendar) list.calendar = rules.calendar->canonical();
  const catalog::CalendarKeeps calendar(config, server.annotations());
  const catalog::Keeps keep = [&](const std::string& id) { return server.annotations().keep(id); };
  const auto plan = backup::plan_retention(
      server.backups(), keep, [&](const std::string& id) { return calendar.is_ours(id); }, rules, at);
  const bool enforced = backup::removes_by_policy(config) && config.active;
  const auto expiries = backup::expiries(server.backups(), plan, keep, rules, enforced, at);
  for (LongListEntry& entry : list.entries) {
    const auto found = expiries.find(entry.backup.id);
    if (found == expiries.end()) continue;
    entry.expires = to_string(found->second.rule);
    entry.expires_at = found->second.at;
    entry.backups_until = found->second.more;
  }
}

}  // namespace

report::LongBackupList list_backups_long(ServerContext& server, const ReportError& report_error) {
  report::LongBackupList list;
  list.server = server.config().name;
  const Timestamp at = now();
  const auto drills = last_drills(server.config());
  for (report::BackupListEntry& backup : list_local_backups(server, /*minimal=*/false, report_error).entries) {
    LongListEntry& entry = list.entries.emplace_back();
    entry.backup = std::move(backup);
    if (entry.backup.end_time) entry.age = at - *entry.backup.end_time;
    if (const auto drill = drills.find(entry.backup.id); drill != drills.end()) entry.drill = drill->second;
  }
  if (list.entries.empty() && has_copy(server.config())) list.copy = server.config().cloud_copy;
  add_keeps(server, list);
  add_expiries(server, at, list);
  return list;
}

}  // namespace barman::app
