#include "barman/app/metrics.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <set>

#include "barman/core/text.h"

namespace barman::app {
namespace {

using report::Survey;
using report::SurveyedBackup;
using report::SurveyedServer;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t second = 1'000'000;

Timestamp at(std::int64_t seconds) { return {seconds * second, 0}; }

SurveyedBackup backup(const std::string& id, const std::string& status = "DONE") {
  SurveyedBackup made;
  made.id = id;
  made.status = status;
  made.type = "full";
  made.copied = status == "DONE" || status == "WAITING_FOR_WALS";
  made.begin = at(1000);
  made.end = at(1060);
  made.size = 100;
  made.stored = 60;
  made.needed_wal = 10;
  made.later_wal = 20;
  made.seconds = 50.5;
  return made;
}

Survey one(SurveyedServer server = {}) {
  Survey survey;
  survey.at = at(5000);
  server.name = "main";
  server.backups_known = true;
  survey.servers.push_back(std::move(server));
  return survey;
}

// "name{a=1,b=2} value" of one family, in order.
std::vector<std::string> samples(const Survey& survey, const std::string& name) {
  std::vector<std::string> found;
  for (const auto& family : metrics_of(survey).families) {
    if (family.name != name) continue;
    for (const auto& sample : family.samples) {
      std::vector<std::string> labels;
      for (const auto& label : sample.labels)
        if (label.name != "server") labels.push_back(label.name + "=" + label.value);
      found.push_back(fmt::format("{} {}", join(labels, ","), sample.value));
    }
  }
  return found;
}

TEST(Metrics, OfTheOriginalExporterCountDoneOnesFromOne) {
  SurveyedServer server;
  server.backups = {backup("20260104T000000", "FAILED"), backup("20260103T000000"),
                    backup("20260102T000000", "WAITING_FOR_WALS"), backup("20260101T000000")};
  server.backups[3].size = 7;
  server.first_backup = "20260101T000000";
  server.last_backup = "20260103T000000";
  const Survey survey = one(server);
  EXPECT_THAT(samples(survey, "barman_backup_size"), ElementsAre("number=1 110", "number=2 17"));
  EXPECT_THAT(samples(survey, "barman_backup_wal_size"), ElementsAre("number=1 20", "number=2 20"));
  EXPECT_THAT(samples(survey, "barman_backups_total"), ElementsAre(" 3"));
  EXPECT_THAT(samples(survey, "barman_backups_failed"), ElementsAre(" 1"));
  EXPECT_THAT(samples(survey, "barman_last_backup_copy_time"), ElementsAre(" 50.5"));
  EXPECT_THAT(samples(survey, "barman_metrics_update"), ElementsAre(" 5000"));
  bool had_zone = false;
  const auto last = parse_human_timestamp("2026-01-03 00:00:00", had_zone);
  EXPECT_THAT(samples(survey, "barman_last_backup"), ElementsAre(fmt::format(" {}", last->seconds())));
  EXPECT_THAT(samples(survey, "barman_up"), IsEmpty()) << "nothing was checked";
}

TEST(Metrics, WithoutBackupsSayZeroWhereTheExporterDoes) {
  EXPECT_THAT(samples(one(), "barman_last_backup_copy_time"), ElementsAre(" 0"));
  EXPECT_THAT(samples(one(), "barman_backups_total"), ElementsAre(" 0"));
  EXPECT_THAT(samples(one(), "barman_last_backup"), IsEmpty());
  EXPECT_THAT(samples(one(), "barman_last_backup_age_seconds"), IsEmpty());
}

TEST(Metrics, OfChecksHaveTheNamesOfJson) {
  SurveyedServer server;
  server.check.emplace();
  server.check->lines = {{report::CheckId::postgres, "PostgreSQL", true, ""},
                         {report::CheckId::redundancy, "minimum redundancy requirements", false, "have 0"},
                         {report::CheckId::backup_size, "same", false, ""},
                         {report::CheckId::wal_size, "same", true, ""}};
  EXPECT_THAT(samples(one(server), "barman_up"),
              ElementsAre("check=minimum_redundancy_requirements 0", "check=postgresql 1", "check=same 1"));
}

TEST(Metrics, OfTheWindowAreByTimeline) {
  SurveyedServer server;
  server.backups = {backup("20260101T000000")};
  server.window.emplace();
  report::RecoveryInterval interval;
  interval.backup_id = "20260101T000000";
  interval.timeline = 1;
  interval.from_time = at(2000);
  interval.to_time = at(3000);
  interval.ended_by = "missing_wal";
  interval.missing = {"a", "b"};
  server.window->intervals.push_back(interval);
  interval.from_time = at(3500);
  interval.to_time = at(4000);
  interval.missing = {"b", "c"};
  server.window->intervals.push_back(interval);
  interval.timeline = 2;
  interval.from_time.reset();
  interval.to_time.reset();
  interval.ended_by = "standalone_backup";
  interval.missing = {"not missing", "but not wanted"};
  server.window->intervals.push_back(interval);
  interval.timeline = 3;
  interval.from_time = at(3600);
  interval.to_time = at(3900);
  server.window->intervals.push_back(interval);
  const Survey survey = one(server);
  EXPECT_THAT(samples(survey, "barman_recovery_window_start_timestamp_seconds"),
              ElementsAre("timeline=1 2000", "timeline=2 1060", "timeline=3 3600"));
  EXPECT_THAT(samples(survey, "barman_recovery_window_end_timestamp_seconds"),
              ElementsAre("timeline=1 4000", "timeline=3 3900"));
  EXPECT_THAT(samples(survey, "barman_backup_window_seconds"), ElementsAre(" 1500"));
  EXPECT_THAT(samples(survey, "barman_wal_missing_segments"), ElementsAre(" 3"));
}

TEST(Metrics, OfACatalogueThatCannotBeReadDoNotSayThatItIsEmpty) {
  Survey survey = one();
  survey.servers[0].backups_known = false;
  survey.servers[0].streams_wal = true;
  for (const char* name : {"barman_backups_total", "barman_backups_failed", "barman_last_backup_copy_time",
                           "barman_redundancy_backups", "barman_wal_errors_files", "barman_receive_wal_running"})
    EXPECT_THAT(samples(survey, name), IsEmpty()) << name;
  EXPECT_THAT(samples(survey, "barman_metrics_update"), ElementsAre(" 5000"));
}

TEST(Metrics, OfWhatIsNotKnownAreLeftOut) {
  const Survey survey = one();
  for (const char* name :
       {"barman_backup_window_seconds", "barman_wal_missing_segments", "barman_cron_last_run_timestamp_seconds",
        "barman_receive_wal_lag_bytes", "barman_drill_last_success_timestamp_seconds", "barman_receive_wal_running",
        "barman_last_wal_age_seconds", "barman_last_backup_maximum_age_seconds"})
    EXPECT_THAT(samples(survey, name), IsEmpty()) << name;
}

TEST(Metrics, OfWorkAndDrills) {
  SurveyedServer server;
  server.streams_wal = true;
  server.processes.emplace().items = {{"backup", 1}, {"receive-wal", 2}};
  server.waiting = {{"incoming", 2, 32, 12.5}, {"streaming", 0, 0, {}}};
  server.stalls = {{"replication slot", at(1)}};
  report::Drill failed, passed;
  passed.passed = true;
  passed.ended = at(4321);
  passed.seconds.to_target = 7;
  server.drills.drills = {failed, passed};
  Survey survey = one(server);
  survey.cron = report::CronRun{at(4990), 1.5};
  EXPECT_THAT(samples(survey, "barman_receive_wal_running"), ElementsAre(" 1"));
  EXPECT_THAT(samples(survey, "barman_job_running"), ElementsAre("job=backup 1", "job=receive-wal 1"));
  EXPECT_THAT(samples(survey, "barman_wal_pending_oldest_seconds"),
              ElementsAre("source=incoming 12.5", "source=streaming 0"));
  EXPECT_THAT(samples(survey, "barman_stall"), ElementsAre("kind=replication slot 1"));
  EXPECT_THAT(samples(survey, "barman_cron_last_run_timestamp_seconds"), ElementsAre(" 4990"));
  EXPECT_THAT(samples(survey, "barman_drill_last_success_timestamp_seconds"), ElementsAre(" 4321"));
  EXPECT_THAT(samples(survey, "barman_drill_last_success_duration_seconds"), ElementsAre(" 7"));
  EXPECT_THAT(samples(survey, "barman_drill_last_passed"), ElementsAre(" 0"));
}

// What a Zabbix agent takes ends at 512 KiB.
TEST(Metrics, OfServersAloneDoNotGrowWithBackups) {
  SurveyedServer server;
  const auto size = [&] {
    std::size_t samples = 0;
    for (const auto& family : metrics_of(one(server), MetricsOf::servers).families) samples += family.samples.size();
    return samples;
  };
  server.backups = {backup("20260102T000000")};
  server.last_backup = server.backups[0].id;
  server.backups[0].keep = "full";
  server.backups[0].retention = "VALID";
  const std::size_t of_one = size();
  for (int i = 0; i < 100; ++i) server.backups.push_back(server.backups[0]);
  EXPECT_GT(of_one, 10U);
  EXPECT_EQ(size(), of_one);
}

TEST(Metrics, HaveEachNameOnceAndHelp) {
  SurveyedServer server;
  server.backups = {backup("20260102T000000"), backup("20260101T000000")};
  std::set<std::string> names;
  for (const auto& family : metrics_of(one(server)).families) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_TRUE(family.name.starts_with("barman_")) << family.name;
    EXPECT_FALSE(family.help.empty()) << family.name;
    std::set<std::vector<std::pair<std::string, std::string>>> seen;
    for (const auto& sample : family.samples) {
      std::vector<std::pair<std::string, std::string>> labels;
      for (const auto& label : sample.labels) labels.emplace_back(label.name, label.value);
      EXPECT_TRUE(seen.insert(labels).second) << family.name;
    }
  }
}

}  // namespace
}  // namespace barman::app
