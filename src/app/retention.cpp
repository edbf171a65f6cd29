#include "barman/app/retention.h"

#include <fmt/core.h>

#include "barman/backup/retention_plan.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/calendar_keeps.h"

namespace barman::app {
namespace {

backup::RetentionRules rules_for(const config::ServerConfig& config, const RetentionQuestion& question) {
  backup::RetentionRules rules = backup::rules_of(config);
  if (!question.policy) return rules;
  rules.policy = config::parse_retention_policy(*question.policy);
  if (!rules.policy)
    throw Error(Errc::config, fmt::format("invalid retention policy '{}'", *question.policy),
                "write REDUNDANCY n, or RECOVERY WINDOW OF n DAYS, WEEKS or MONTHS");
  return rules;
}

std::optional<std::string> why_not_enforced(const config::ServerConfig& config, const RetentionQuestion& question) {
  if (!config.retention_calendar_valid())
    return fmt::format("the retention_calendar '{}' cannot be read", *config.retention_calendar_text);
  if (question.policy) return std::nullopt;
  if (!config.retention_policy_valid())
    return fmt::format("the retention_policy '{}' cannot be read", *config.retention_policy_text);
  if (!config.retention_policy) return "there is no retention_policy";
  if (!config.active) return "the server is not active";
  return std::nullopt;
}

report::RetentionReport::Backup describe(const backup::RetentionStep& step) {
  report::RetentionReport::Backup backup;
  backup.id = step.backup->backup_id;
  backup.name = step.backup->backup_name;
  backup.status = step.backup->status_text;
  backup.retention = to_string(step.status);
  backup.goes = step.goes;
  for (const catalog::RetentionReason& reason : step.reasons)
    backup.reasons.push_back({std::string(to_string(reason.rule)), reason.detail});
  return backup;
}

}  // namespace

report::RetentionReport explain_retention(ServerContext& server, const RetentionQuestion& question,
                                          const std::function<void(const Error&)>& report_error) {
  const config::ServerConfig& config = server.config();
  const backup::RetentionRules rules = rules_for(config, question);
  report::RetentionReport report;
  report.server = config.name;
  report.explain = question.explain;
  report.what_if = question.policy.has_value();
  report.not_enforced = why_not_enforced(config, question);
  if (rules.policy) report.policy = rules.policy->canonical();
  if (rules.calendar) report.calendar = rules.calendar->canonical();
  const catalog::CalendarKeeps calendar(config, server.annotations());
  const auto plan = backup::plan_retention(
      server.backups(), [&](const std::string& id) { return server.annotations().keep(id); },
      [&](const std::string& id) { return calendar.is_ours(id); }, rules, now());
  for (const auto& [id, error] : server.backups().unreadable()) report_error(error);
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) report.backups.push_back(describe(*step));
  return report;
}

}  // namespace barman::app
