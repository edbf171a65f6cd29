#include "barman/app/state_report.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/time.h"
#include "barman/exec/shell.h"
#include "stretches.h"

namespace barman::app {
namespace {

using report::Concern;
using report::ServerState;
using report::Stretch;
using report::Survey;
using report::SurveyedBackup;
using report::SurveyedServer;
using report::Verdict;

constexpr std::chrono::minutes cron_is_late{10};  // it is started every minute
constexpr double wal_is_late = 1800;              // seconds that a complete file waits
constexpr std::int64_t day = 86'400'000'000;

std::string age(Micros age) { return human_interval(std::chrono::floor<std::chrono::seconds>(age)); }
std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}
double seconds(Micros duration) { return static_cast<double>(duration.count()) / 1e6; }

// ---- What can be restored

// The end of the first backup that stays, where others go.
std::optional<Timestamp> stays_from(const SurveyedServer& server) {
  std::optional<Timestamp> from;
  bool some_go = false;
  for (const SurveyedBackup& backup : server.backups) {
    if (!backup.copied || !backup.end) continue;
    some_go = some_go || backup.goes;
    if (!backup.goes && (!from || *backup.end < *from)) from = backup.end;
  }
  return some_go ? from : std::nullopt;
}

// ---- How much comes in

report::Inflow inflow_of(const SurveyedServer& server, const Timestamp& at) {
  constexpr std::int64_t days = 30;
  const std::int64_t today = report::local_day(at);
  report::Inflow inflow;
  std::optional<Timestamp> first;
  double wal = 0, backups = 0;
  for (const auto& [number, volume] : server.wal_days) {
    if (number <= today - days) continue;
    wal += static_cast<double>(volume.bytes);
    const Timestamp begin{number * day - std::int64_t{at.offset} * 1'000'000, 0};
    if (!first || begin < *first) first = begin;
  }
  for (const SurveyedBackup& backup : server.backups) {
    if (!backup.copied || !backup.end || at - *backup.end > Micros(days * day)) continue;
    backups += static_cast<double>(backup.stored);
    if (!first || *backup.end < *first) first = *backup.end;
  }
  if (!first) return inflow;
  inflow.days = std::clamp(seconds(at - *first) / 86'400, 1.0, static_cast<double>(days));
  inflow.wal_bytes = wal / inflow.days;
  inflow.backup_bytes = backups / inflow.days;
  return inflow;
}

std::optional<double> compression_of(const SurveyedServer& server) {
  std::int64_t files = 0, bytes = 0;
  for (const auto& [number, timeline] : server.timelines) {
    files += timeline.files;
    bytes += timeline.bytes;
  }
  if (bytes <= 0) return std::nullopt;
  return static_cast<double>(files) * static_cast<double>(server.segment_size) / static_cast<double>(bytes);
}

// ---- What is wrong

std::string unrestorable_text(const std::vector<report::WithReason>& backups) {
  const report::WithReason& first = backups.front();
  if (backups.size() == 1) return fmt::format("backup {} cannot be restored: {}", first.what, first.reason);
  return fmt::format("{} backups cannot be restored; the first is {}: {}", backups.size(), first.what, first.reason);
}

class Judge {
 public:
  Judge(const SurveyedServer& server, const Timestamp& at) : server_(server), at_(at) {}

  std::vector<Concern> run() {
    if (server_.mode == "inactive") return {};
    about_backups();
    about_recovery();
    about_wal();
    about_drills();
    for (const std::string& problem : server_.problems)
      add(server_.mode == "disabled", problem, command("check --explain"));
    std::ranges::stable_sort(concerns_, [](const Concern& a, const Concern& b) { return a.serious && !b.serious; });
    return std::move(concerns_);
  }

 private:
  void add(bool serious, std::string text, std::string command = {}) {
    concerns_.push_back({serious, std::move(text), std::move(command)});
  }
  std::string command(std::string_view verb) const {
    return fmt::format("barman {} {}", verb, exec::shell_operand(server_.name));
  }

  // What gets it another backup; a passive node takes those of its primary.
  std::string command_for_a_backup() const {
    return server_.mode == "active" ? command("backup") : command("check --explain");
  }

  void about_backups() {
    if (!server_.backups_known) return add(true, "its backups are not known", command("list-backups"));
    const SurveyedBackup* last = server_.find(server_.last_backup);
    if (last == nullptr) {
      add(true, "there is no complete backup", command_for_a_backup());
    } else if (server_.maximum_age && last->end && at_ - *last->end > *server_.maximum_age) {
      add(true,
          fmt::format("the last backup is {} old; last_backup_maximum_age is {}", age(at_ - *last->end),
                      age(*server_.maximum_age)),
          command_for_a_backup());
    }
    if (server_.redundancy < server_.minimum_redundancy)
      add(true,
          fmt::format("{} of the {} that minimum_redundancy asks for", server_.redundancy,
                      counted(server_.minimum_redundancy, "full backup")),
          command_for_a_backup());
    if (const SurveyedBackup* failed = server_.find(server_.failed_last))
      add(false,
          fmt::format("the newest backup, {}, has failed: {}", failed->id,
                      failed->error.value_or("no reason is noted")),
          fmt::format("{} {}", command("show-backup"), failed->id));
  }

  void about_recovery() {
    if (!server_.window) {
      if (server_.backups_known) add(true, "what can be restored is not known", command("recovery-window"));
      return;
    }
    const auto& intervals = server_.window->intervals;
    if (intervals.empty() && server_.last_backup)
      add(true, "none of its backups can be restored", command("recovery-window"));
    for (const auto& interval : intervals) {
      if (interval.ended_by == "missing_wal" && !interval.missing.empty())
        add(false, fmt::format("WAL is missing from {} on", interval.missing.front()), command("recovery-window"));
      if (interval.ended_by == "damaged_wal")
        add(false, "WAL cannot be replayed to its end", command("recovery-window"));
    }
    if (!intervals.empty() && !server_.window->unrestorable.empty())
      add(false, unrestorable_text(server_.window->unrestorable), command("recovery-window"));
  }

  void about_wal() {
    if (const auto archived = server_.last_archived();
        server_.maximum_wal_age && archived && at_ - *archived > *server_.maximum_wal_age)
      add(true,
          fmt::format("the last archived WAL is {} old; last_wal_maximum_age is {}", age(at_ - *archived),
                      age(*server_.maximum_wal_age)),
          command("check --explain"));
    if (server_.streams_wal && server_.processes && !server_.runs("receive-wal"))
      add(true, "receive-wal does not run", command("check --explain"));
    for (const report::WaitingWal& waiting : server_.waiting)
      if (waiting.oldest_seconds.value_or(0) > wal_is_late)
        add(false,
            fmt::format("{} in {}, the oldest has waited for {}", counted(waiting.files, "WAL file"), waiting.source,
                        age(Micros(static_cast<std::int64_t>(*waiting.oldest_seconds * 1e6)))),
            command("archive-wal"));
    for (const report::KnownStall& stall : server_.stalls)
      add(false, fmt::format("{}: stalled for {}", stall.kind, age(at_ - stall.since)), command("check --explain"));
    if (const std::int64_t files = server_.error_files.value_or(0); files > 0)
      add(false, counted(files, "file") + " in its errors directory", command("check --explain"));
  }

  void about_drills() {
    if (server_.drills.drills.empty() || server_.drills.drills.front().passed) return;
    add(true, fmt::format("the last drill has failed: {}", failure_of(server_.drills.drills.front())),
        command("drill --history"));
  }

  const SurveyedServer& server_;
  const Timestamp at_;
  std::vector<Concern> concerns_;
};

Verdict verdict_of(const SurveyedServer& server, const std::vector<Concern>& concerns) {
  if (server.mode == "inactive") return Verdict::unused;
  if (concerns.empty()) return Verdict::good;
  return concerns.front().serious ? Verdict::risk : Verdict::attention;
}

ServerState state_of(const SurveyedServer& server, const Timestamp& at) {
  ServerState state;
  state.concerns = Judge(server, at).run();
  state.verdict = verdict_of(server, state.concerns);
  state.stretches = stretches_of(server);
  state.restorable_seconds = seconds_of(state.stretches);
  for (const Stretch& stretch : state.stretches)
    if (!state.restorable_to || *state.restorable_to < stretch.to) state.restorable_to = stretch.to;
  state.stays_from = stays_from(server);
  state.inflow = inflow_of(server, at);
  state.wal_compression = compression_of(server);
  return state;
}

std::vector<Concern> about_all(const Survey& survey) {
  std::vector<Concern> concerns;
  if (survey.servers.empty()) return concerns;
  if (!survey.cron)
    concerns.push_back({true, "cron has not run yet", "barman cron"});
  else if (const Micros ago = survey.at - survey.cron->ended; ago > cron_is_late)
    concerns.push_back({true, fmt::format("cron has not run for {}", age(ago)), "barman cron"});
  else if (ago < -cron_is_late)
    concerns.push_back(
        {true,
         fmt::format("cron ran last at {}, which is yet to come: the clock has changed", to_python(survey.cron->ended)),
         "barman cron"});
  return concerns;
}

std::vector<report::DiskForecast> forecasts(const report::StateReport& report) {
  constexpr double longest = 3650;  // days
  std::vector<report::DiskForecast> disks;
  for (const report::SurveyedFilesystem& filesystem : report.survey.filesystems) {
    report::DiskForecast disk{filesystem, 0, std::nullopt};
    for (std::size_t i = 0; i < report.states.size(); ++i) {
      if (report.survey.servers[i].backup_filesystem == filesystem.path)
        disk.bytes_a_day += report.states[i].inflow.backup_bytes;
      if (report.survey.servers[i].wal_filesystem == filesystem.path)
        disk.bytes_a_day += report.states[i].inflow.wal_bytes;
    }
    const double days = disk.bytes_a_day > 0 ? static_cast<double>(filesystem.available) / disk.bytes_a_day : longest;
    if (days < longest)
      disk.full = report.survey.at + Micros(static_cast<std::int64_t>(days * static_cast<double>(day)));
    disks.push_back(std::move(disk));
  }
  return disks;
}

// Those that nothing can be restored of come before all others.
std::optional<std::size_t> weakest_of(const report::StateReport& report) {
  std::optional<std::size_t> weakest;
  for (std::size_t i = 0; i < report.states.size(); ++i) {
    if (report.states[i].verdict == Verdict::unused) continue;
    if (!weakest || report.states[i].restorable_to < report.states[*weakest].restorable_to) weakest = i;
  }
  return weakest;
}

}  // namespace

report::StateReport judge(Survey survey) {
  report::StateReport report;
  for (const SurveyedServer& server : survey.servers) report.states.push_back(state_of(server, survey.at));
  report.concerns = about_all(survey);
  report.survey = std::move(survey);
  report.disks = forecasts(report);
  report.weakest = weakest_of(report);
  return report;
}

}  // namespace barman::app
