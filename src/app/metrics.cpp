#include "barman/app/metrics.h"

#include <algorithm>
#include <functional>
#include <set>

#include "barman/core/time.h"
#include "stretches.h"

namespace barman::app {
namespace {

using report::Metrics;
using report::Survey;
using report::SurveyedBackup;
using report::SurveyedServer;
using Labels = std::vector<Metrics::Label>;

double number(std::int64_t value) { return static_cast<double>(value); }
double number(const Timestamp& time) { return time.fractional_seconds(); }
double seconds(Micros duration) { return static_cast<double>(duration.count()) / 1e6; }

// The families, in the order in which they are first named.
class Collection {
 public:
  // A family: what follows are its samples.
  void family(std::string name, std::string help) { result.families.push_back({std::move(name), std::move(help), {}}); }
  void add(Labels labels, double value) { result.families.back().samples.push_back({std::move(labels), value}); }
  template <typename Value>
  void add_if(Labels labels, const std::optional<Value>& value) {
    if (value) add(std::move(labels), number(*value));
  }
  void add_if(Labels labels, const std::optional<double>& value) {
    if (value) add(std::move(labels), *value);
  }

  Metrics result;
};

Labels of(const SurveyedServer& server) { return {{"server", server.name}}; }
Labels of(const SurveyedServer& server, const SurveyedBackup& backup) {
  return {{"server", server.name}, {"backup_id", backup.id}, {"type", backup.type}};
}

void for_each(const Survey& survey, const std::function<void(const SurveyedServer&)>& work) {
  std::ranges::for_each(survey.servers, work);
}

// Of those whose catalogue could be read.
void for_each_known(const Survey& survey, const std::function<void(const SurveyedServer&)>& work) {
  for (const SurveyedServer& server : survey.servers)
    if (server.backups_known) work(server);
}

void for_each_backup(const Survey& survey,
                     const std::function<void(const SurveyedServer&, const SurveyedBackup&)>& work) {
  for (const SurveyedServer& server : survey.servers)
    for (const SurveyedBackup& backup : server.backups) work(server, backup);
}

// ---- What prometheus-barman-exporter exports

// An id is the local time at which the backup began.
std::optional<double> time_of_id(const std::optional<std::string>& id) {
  constexpr std::size_t digits_and_t = 15;
  bool had_zone = false;
  if (!id || id->size() != digits_and_t) return std::nullopt;
  const auto time = parse_human_timestamp(id->substr(0, 4) + "-" + id->substr(4, 2) + "-" + id->substr(6, 2) + " " +
                                              id->substr(9, 2) + ":" + id->substr(11, 2) + ":" + id->substr(13, 2),
                                          had_zone);
  return time ? std::optional(number(time->seconds())) : std::nullopt;
}

// Those that are DONE, numbered from 1, the newest first.
void for_each_done(const Survey& survey,
                   const std::function<void(const SurveyedServer&, const SurveyedBackup&, const Labels&)>& work) {
  for (const SurveyedServer& server : survey.servers) {
    int count = 0;
    for (const SurveyedBackup& backup : server.backups)
      if (backup.status == "DONE") work(server, backup, {{"number", std::to_string(++count)}, {"server", server.name}});
  }
}

std::int64_t count(const SurveyedServer& server, std::string_view status) {
  return std::ranges::count(server.backups, status, &SurveyedBackup::status);
}

// The copy of the newest one that is DONE; 0 when there is none.
std::optional<double> last_copy_time(const SurveyedServer& server) {
  const auto newest = std::ranges::find(server.backups, "DONE", &SurveyedBackup::status);
  return newest == server.backups.end() ? 0 : newest->seconds;
}

void add_checks(const Survey& survey, Collection& all) {
  all.family("barman_up", "1 for each check that passed, 0 for each that failed.");
  for (const SurveyedServer& server : survey.servers) {
    if (!server.check) continue;
    std::map<std::string, bool> passed;  // of several checks that are called the same the last one counts, as in JSON
    for (const report::CheckLine& line : server.check->lines) passed[report::check_key(line.name)] = line.passed;
    for (const auto& [name, ok] : passed) all.add({{"check", name}, {"server", server.name}}, ok ? 1 : 0);
  }
}

void add_exported_sizes(const Survey& survey, Collection& all) {
  all.family("barman_backup_size", "Size of each backup that is DONE in bytes; number 1 is the newest.");
  for_each_done(survey, [&](const SurveyedServer&, const SurveyedBackup& backup, const Labels& labels) {
    all.add(labels, number(backup.size + backup.needed_wal));
  });
  all.family("barman_backup_wal_size", "Size of the WAL from each backup to the next one in bytes.");
  for_each_done(survey, [&](const SurveyedServer&, const SurveyedBackup& backup, const Labels& labels) {
    all.add(labels, number(backup.later_wal));
  });
}

void add_exported(const Survey& survey, Collection& all) {
  all.family("barman_backups_total", "Number of backups that are DONE or FAILED.");
  for_each_known(survey, [&](const SurveyedServer& server) {
    all.add(of(server), number(count(server, "DONE") + count(server, "FAILED")));
  });
  all.family("barman_backups_failed", "Number of backups that are FAILED.");
  for_each_known(survey, [&](const SurveyedServer& server) { all.add(of(server), number(count(server, "FAILED"))); });
  all.family("barman_last_backup", "When the newest complete backup began, in seconds since 1970.");
  for_each_known(survey, [&](const SurveyedServer& server) { all.add_if(of(server), time_of_id(server.last_backup)); });
  all.family("barman_last_backup_copy_time", "Duration of the copy of the newest backup in seconds.");
  for_each_known(survey, [&](const SurveyedServer& server) { all.add_if(of(server), last_copy_time(server)); });
  all.family("barman_first_backup", "When the oldest complete backup began, in seconds since 1970.");
  for_each_known(survey,
                 [&](const SurveyedServer& server) { all.add_if(of(server), time_of_id(server.first_backup)); });
  add_checks(survey, all);
  all.family("barman_metrics_update", "When these metrics were collected, in seconds since 1970.");
  for_each(survey, [&](const SurveyedServer& server) { all.add(of(server), number(survey.at.seconds())); });
}

// ---- Ours

// 15.4, 9.6.24
std::string version_text(std::int64_t version) {
  if (version >= 100'000) return std::to_string(version / 10'000) + "." + std::to_string(version % 10'000);
  return std::to_string(version / 10'000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

void add_info(const Survey& survey, Collection& all) {
  all.family("barman_build_info", "1; the version of the program, and of the Barman that it is compatible with.");
  all.add({{"version", survey.version}, {"compatible", survey.compatible}}, 1);
  all.family("barman_server_info", "1; what the server is. The mode is active, passive, inactive or disabled.");
  for_each(survey, [&](const SurveyedServer& server) {
    all.add({{"server", server.name},
             {"system_id", server.system_id.value_or("")},
             {"postgresql_version", server.postgres_version ? version_text(*server.postgres_version) : ""},
             {"backup_method", server.backup_method},
             {"mode", server.mode}},
            1);
  });
  all.family("barman_survey_problems",
             "What could not be found out about the server, or is wrong with its configuration.");
  for_each(survey,
           [&](const SurveyedServer& server) { all.add(of(server), static_cast<double>(server.problems.size())); });
}

void add_times(const Survey& survey, Collection& all) {
  const auto with_status = [](const SurveyedServer& server, const SurveyedBackup& backup) {
    Labels labels = of(server, backup);
    labels.push_back({"status", backup.status});
    return labels;
  };
  all.family("barman_backup_start_timestamp_seconds", "When the backup began.");
  for_each_backup(survey, [&](const SurveyedServer& server, const SurveyedBackup& backup) {
    all.add_if(with_status(server, backup), backup.begin);
  });
  all.family("barman_backup_end_timestamp_seconds", "When the backup ended.");
  for_each_backup(survey, [&](const SurveyedServer& server, const SurveyedBackup& backup) {
    all.add_if(with_status(server, backup), backup.end);
  });
}

void add_sizes(const Survey& survey, Collection& all) {
  const auto add = [&](const char* name, const char* help, const auto& value) {
    all.family(name, help);
    for_each_backup(survey, [&](const SurveyedServer& server, const SurveyedBackup& backup) {
      if (backup.copied) all.add_if(of(server, backup), std::optional<double>(value(backup)));
    });
  };
  add("barman_backup_size_bytes", "Size of the base backup, as it would be restored.",
      [](const SurveyedBackup& backup) { return number(backup.size); });
  add("barman_backup_deduplicated_bytes", "What the base backup takes that no other backup shares.",
      [](const SurveyedBackup& backup) { return number(backup.stored); });
  add("barman_backup_copy_duration_seconds", "How long the copy took.",
      [](const SurveyedBackup& backup) { return backup.seconds; });
  add("barman_backup_wal_bytes", "WAL from the begin of the backup up to the next one, as it is stored.",
      [](const SurveyedBackup& backup) { return number(backup.needed_wal + backup.later_wal); });
}

void add_retention(const Survey& survey, Collection& all) {
  all.family("barman_backup_keep",
             "1 for each backup that is kept whatever the policy says; the target is full or standalone.");
  for_each_backup(survey, [&](const SurveyedServer& server, const SurveyedBackup& backup) {
    if (!backup.keep.empty()) all.add({{"server", server.name}, {"backup_id", backup.id}, {"target", backup.keep}}, 1);
  });
  all.family("barman_backup_retention_status", "1; what the retention policy says of the backup.");
  for_each_backup(survey, [&](const SurveyedServer& server, const SurveyedBackup& backup) {
    if (backup.retention != "-")
      all.add({{"server", server.name}, {"backup_id", backup.id}, {"status", backup.retention}}, 1);
  });
}

std::optional<double> age_of(const Survey& survey, const SurveyedBackup* backup) {
  if (backup == nullptr || !backup->end) return std::nullopt;
  return std::max(0.0, seconds(survey.at - *backup->end));
}

std::optional<double> duration_of(const SurveyedBackup* backup) {
  if (backup == nullptr || !backup->begin || !backup->end) return std::nullopt;
  return std::max(0.0, seconds(*backup->end - *backup->begin));
}

void add_last_backup(const Survey& survey, Collection& all) {
  all.family("barman_last_backup_age_seconds", "How long ago the newest complete backup ended.");
  for_each_known(survey, [&](const SurveyedServer& server) {
    all.add_if(of(server), age_of(survey, server.find(server.last_backup)));
  });
  all.family("barman_last_backup_maximum_age_seconds", "The configured last_backup_maximum_age.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (server.maximum_age) all.add(of(server), seconds(*server.maximum_age));
  });
  all.family("barman_last_backup_duration_seconds", "From the begin of the newest complete backup to its end.");
  for_each_known(survey, [&](const SurveyedServer& server) {
    all.add_if(of(server), duration_of(server.find(server.last_backup)));
  });
  all.family("barman_last_backup_size_bytes", "Size of the newest complete backup.");
  for_each_known(survey, [&](const SurveyedServer& server) {
    if (const SurveyedBackup* last = server.find(server.last_backup)) all.add(of(server), number(last->size));
  });
  all.family("barman_redundancy_backups", "Backups that count for minimum_redundancy.");
  for_each_known(survey, [&](const SurveyedServer& server) { all.add(of(server), number(server.redundancy)); });
  all.family("barman_redundancy_minimum_backups", "The configured minimum_redundancy.");
  for_each(survey, [&](const SurveyedServer& server) { all.add(of(server), number(server.minimum_redundancy)); });
}

// The times that can be reached on one timeline, whatever is missing in between.
struct Reach {
  std::optional<Timestamp> from, to;  // `to`: a commit
};

std::map<std::uint32_t, Reach> reach_of(const SurveyedServer& server) {
  std::map<std::uint32_t, Reach> reach;
  for (const report::Stretch& stretch : stretches_of(server)) {
    Reach& at = reach[stretch.timeline];
    if (!at.from || stretch.from < *at.from) at.from = stretch.from;
    if (stretch.to_is_exact && (!at.to || *at.to < stretch.to)) at.to = stretch.to;
  }
  return reach;
}

// What a backup that is kept standalone has no WAL for is not missing.
std::size_t missing_in(const report::RecoveryWindow& window) {
  std::set<std::string_view> missing;
  for (const report::RecoveryInterval& interval : window.intervals)
    if (interval.ended_by == "missing_wal") missing.insert(interval.missing.begin(), interval.missing.end());
  return missing.size();
}

void add_window(const Survey& survey, Collection& all) {
  const auto add = [&](const char* name, const char* help, const auto& value) {
    all.family(name, help);
    for_each(survey, [&](const SurveyedServer& server) {
      for (const auto& [timeline, reach] : reach_of(server))
        all.add_if({{"server", server.name}, {"timeline", std::to_string(timeline)}}, value(reach));
    });
  };
  add("barman_recovery_window_start_timestamp_seconds", "The earliest moment that can be restored.",
      [](const Reach& reach) { return reach.from; });
  add("barman_recovery_window_end_timestamp_seconds", "The last commit that can be restored from what is archived.",
      [](const Reach& reach) { return reach.to; });
  const auto with_window = [&](const std::function<double(const SurveyedServer&)>& value) {
    for_each(survey, [&](const SurveyedServer& server) {
      if (server.window) all.add(of(server), value(server));
    });
  };
  all.family("barman_backup_window_seconds", "Length of time that can be restored, gaps left out.");
  with_window([](const SurveyedServer& server) { return seconds_of(stretches_of(server)); });
  all.family("barman_unrestorable_backups", "Backups that cannot be restored.");
  with_window([](const SurveyedServer& server) { return static_cast<double>(server.window->unrestorable.size()); });
  all.family("barman_wal_missing_segments",
             "Segments that are missing between archived ones, a hundred of each gap at most.");
  with_window([](const SurveyedServer& server) { return static_cast<double>(missing_in(*server.window)); });
}

void add_archive(const Survey& survey, Collection& all) {
  const auto by_timeline = [&](const char* name, const char* help, const auto& value) {
    all.family(name, help);
    for_each(survey, [&](const SurveyedServer& server) {
      for (const auto& [number, timeline] : server.timelines)
        all.add({{"server", server.name}, {"timeline", std::to_string(number)}}, static_cast<double>(value(timeline)));
    });
  };
  by_timeline("barman_wal_files", "Archived WAL segments.", [](const auto& timeline) { return timeline.files; });
  by_timeline("barman_wal_bytes", "What they take.", [](const auto& timeline) { return timeline.bytes; });
  all.family("barman_wal_last_archived_timestamp_seconds", "When the newest archived segment was written.");
  for_each(survey, [&](const SurveyedServer& server) { all.add_if(of(server), server.last_archived()); });
  all.family("barman_last_wal_age_seconds", "How long ago that was.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (const auto written = server.last_archived()) all.add(of(server), std::max(0.0, seconds(survey.at - *written)));
  });
  all.family("barman_last_wal_maximum_age_seconds", "The configured last_wal_maximum_age.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (server.maximum_wal_age) all.add(of(server), seconds(*server.maximum_wal_age));
  });
}

void add_waiting(const Survey& survey, Collection& all) {
  const auto add = [&](const char* name, const char* help, const auto& value) {
    all.family(name, help);
    for_each(survey, [&](const SurveyedServer& server) {
      for (const report::WaitingWal& waiting : server.waiting)
        all.add_if({{"server", server.name}, {"source", waiting.source}}, std::optional<double>(value(waiting)));
    });
  };
  add("barman_wal_pending_files", "WAL files that have arrived and are not archived.",
      [](const report::WaitingWal& waiting) { return number(waiting.files); });
  add("barman_wal_pending_bytes", "What they take.",
      [](const report::WaitingWal& waiting) { return number(waiting.bytes); });
  add("barman_wal_pending_oldest_seconds", "How long the oldest of them has waited; 0 when none does.",
      [](const report::WaitingWal& waiting) { return waiting.oldest_seconds.value_or(0); });
  all.family("barman_wal_errors_files", "Files that archiving has put aside, in the errors directory.");
  for_each(survey, [&](const SurveyedServer& server) { all.add_if(of(server), server.error_files); });
}

void add_work(const Survey& survey, Collection& all) {
  all.family("barman_receive_wal_running", "Whether receive-wal runs, where it is to run.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (server.streams_wal && server.processes) all.add(of(server), server.runs("receive-wal") ? 1 : 0);
  });
  all.family("barman_job_running", "1 for each job that is running now.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (!server.processes) return;
    std::set<std::string> jobs;
    for (const auto& item : server.processes->items) jobs.insert(item.task);
    for (const std::string& job : jobs) all.add({{"server", server.name}, {"job", job}}, 1);
  });
  all.family("barman_stall", "1 for everything that stalls, as cron saw it last.");
  for_each(survey, [&](const SurveyedServer& server) {
    for (const report::KnownStall& stall : server.stalls) all.add({{"server", server.name}, {"kind", stall.kind}}, 1);
  });
  all.family("barman_cron_last_run_timestamp_seconds", "When the last run of cron ended.");
  if (survey.cron) all.add({}, number(survey.cron->ended));
  all.family("barman_cron_last_run_duration_seconds", "How long it took.");
  if (survey.cron) all.add({}, survey.cron->seconds);
}

void add_held(const Survey& survey, Collection& all) {
  all.family("barman_receive_wal_lag_bytes", "WAL that PostgreSQL has written and receive-wal has not.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (server.held) all.add_if(of(server), server.held->receive_lag_bytes);
  });
  all.family("barman_replication_slot_retained_bytes", "WAL that PostgreSQL keeps for the replication slot.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (server.held && server.held->slot)
      all.add({{"server", server.name}, {"slot", server.held->slot->name}}, number(server.held->slot->retained_bytes));
  });
}

void add_drills(const Survey& survey, Collection& all) {
  const auto last_passed = [](const SurveyedServer& server) -> const report::Drill* {
    const auto found = std::ranges::find_if(server.drills.drills, &report::Drill::passed);
    return found == server.drills.drills.end() ? nullptr : &*found;
  };
  all.family("barman_drill_last_success_timestamp_seconds", "When the last restore was tried out that passed.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (const report::Drill* drill = last_passed(server)) all.add(of(server), number(drill->ended));
  });
  all.family("barman_drill_last_success_duration_seconds", "How long it took until that cluster could be used.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (const report::Drill* drill = last_passed(server)) all.add_if(of(server), drill->seconds.to_target);
  });
  all.family("barman_drill_last_passed", "Whether the last drill passed.");
  for_each(survey, [&](const SurveyedServer& server) {
    if (!server.drills.drills.empty()) all.add(of(server), server.drills.drills.front().passed ? 1 : 0);
  });
}

void add_filesystems(const Survey& survey, Collection& all) {
  all.family("barman_filesystem_size_bytes", "Size of a file system that backups or WAL are on.");
  for (const auto& each : survey.filesystems) all.add({{"path", each.path}}, number(each.size));
  all.family("barman_filesystem_available_bytes", "What is available on it.");
  for (const auto& each : survey.filesystems) all.add({{"path", each.path}}, number(each.available));
}

}  // namespace

report::Metrics metrics_of(const Survey& survey, MetricsOf what) {
  struct Part {
    void (*add)(const Survey& survey, Collection& all);
    bool of_each_backup = false;
  };
  Collection all;
  for (const auto& [add, of_each_backup] :
       {Part{add_exported_sizes, true}, Part{add_exported}, Part{add_info}, Part{add_times, true},
        Part{add_sizes, true}, Part{add_retention, true}, Part{add_last_backup}, Part{add_window}, Part{add_archive},
        Part{add_waiting}, Part{add_work}, Part{add_held}, Part{add_drills}, Part{add_filesystems}})
    if (!of_each_backup || what == MetricsOf::servers_and_backups) add(survey, all);
  return std::move(all.result);
}

}  // namespace barman::app
