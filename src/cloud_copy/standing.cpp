#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/calendar_keeps.h"
#include "barman/cloud_copy/copy.h"
#include "barman/core/count_of.h"
#include "barman/core/error.h"
#include "barman/fs/lock_file.h"
#include "catalogues.h"
#include "wal_copy.h"

namespace barman::cloud_copy {
namespace {

constexpr std::chrono::minutes pause_after_failure{5};

bool is_running(ServerContext& server) { return fs::lock_state(server.locks().cloud_copy()).held; }

struct WaitingWal {
  std::int64_t files = 0, encrypted = 0;
  std::optional<Timestamp> since;
};

WaitingWal waiting_wal(ServerContext& server, const CopyPlan& plan, const WalNames& copied, bool any_will_do) {
  WaitingWal waiting;
  server.archive().index().for_each([&](const catalog::WalEntryView& entry) {
    if (!waits(entry, plan.wal, copied)) return true;
    if (!entry.encryption.empty()) {
      ++waiting.encrypted;
      return true;
    }
    const Timestamp arrived = local_timestamp(static_cast<std::int64_t>(entry.time() * 1e6));
    if (!waiting.since || arrived < *waiting.since) waiting.since = arrived;
    return ++waiting.files == 0 || !any_will_do;
  });
  return waiting;
}

void earlier(std::optional<Timestamp>& time, const std::optional<Timestamp>& other) {
  if (other && (!time || *other < *time)) time = other;
}

}  // namespace

std::string place_words(const config::ServerConfig& config) {
  return fmt::format("{} {}", config.cloud_copy.value_or(""), config.name);
}

// What only the calendar keeps here is not kept there: it is released and deleted in one run of cron, and the copy's
// keep would stay for ever. The copy goes by its own policy.
CopyPlan make_plan(ServerContext& server, const Ledger& ledger, const Timestamp& now) {
  const Backups local = server.backups().staying();
  const catalog::CalendarKeeps calendar(server.config(), server.annotations());
  KeepMap keeps;
  for (const auto& [id, backup] : local)
    if (const auto keep = server.annotations().keep(id); keep && !calendar.is_ours(id)) keeps.emplace(id, *keep);
  return plan_copy({.local = local,
                    .local_keeps = keeps,
                    .copy = ledger.backups(),
                    .copy_keeps = ledger.keeps(),
                    .kept_there = ledger.kept_by_others(),
                    .histories = server.backups().histories()},
                   policy_of(server.config()), now);
}

bool is_due(ServerContext& server, const Timestamp& now) {
  if (!server.config().cloud_copy || config::cloud_copy_problem(server.config()) || is_running(server)) return false;
  const Ledger ledger(server.config());
  const Outcomes outcomes = ledger.outcomes();
  if (outcomes.failed_at && *outcomes.failed_at <= now && now - *outcomes.failed_at < pause_after_failure) return false;
  if (!ledger.is_of(place_words(server.config()))) return true;
  const CopyPlan plan = make_plan(server, ledger, now);
  const bool deletes = !plan.obsolete.empty() && (!outcomes.retention_due || *outcomes.retention_due <= now);
  return !plan.backups.empty() || !plan.keeps.empty() || !plan.entries.empty() || deletes ||
         waiting_wal(server, plan, ledger.wal_names(), true).files > 0;
}

report::CloudCopy standing(ServerContext& server) {
  report::CloudCopy report;
  report.url = server.config().cloud_copy.value_or("");
  if (const auto problem = config::cloud_copy_problem(server.config())) {
    report.problem = problem->text;
    report.advice = problem->advice;
    return report;
  }
  Ledger ledger(server.config());
  const Outcomes outcomes = ledger.outcomes();
  const bool is_known = ledger.is_of(place_words(server.config()));
  if (!is_known) ledger.disbelieve();
  report.running = is_running(server);
  report.last_success = is_known ? outcomes.last_success : std::nullopt;
  report.failed_at = outcomes.failed_at;
  report.failure = outcomes.failure;
  for (const auto& [id, backup] : ledger.backups()) report.copied.push_back(id);
  const CopyPlan plan = make_plan(server, ledger, now());
  report.waiting = plan.backups;
  report.refused = plan.refused;
  for (const std::string& id : plan.backups) earlier(report.waits_since, server.backups().find(id)->end_time);
  const WaitingWal wal = waiting_wal(server, plan, ledger.wal_names(), false);
  report.wal_waiting = wal.files;
  earlier(report.waits_since, wal.since);
  if (wal.encrypted > 0)
    report.refused.push_back({count_of(wal.encrypted, "WAL file"), "what is encrypted has no place in the copy"});
  return report;
}

std::set<std::string> copied_backups(const config::ServerConfig& config) {
  const Ledger ledger(config);
  std::set<std::string> ids;
  if (!ledger.is_of(place_words(config))) return ids;
  for (const auto& [id, backup] : ledger.backups()) ids.insert(id);
  return ids;
}

}  // namespace barman::cloud_copy
