#include "barman/app/state_report.h"

#include <gmock/gmock.h>

namespace barman::app {
namespace {

using report::StateReport;
using report::Survey;
using report::SurveyedBackup;
using report::SurveyedServer;
using report::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t second = 1'000'000, day = 86'400 * second;
const Timestamp present{400 * day, 0};

Timestamp days_ago(double days) { return {present.micros - static_cast<std::int64_t>(days * day), 0}; }

SurveyedBackup backup(const std::string& id, double days) {
  SurveyedBackup made;
  made.id = id;
  made.status = "DONE";
  made.type = "full";
  made.timeline = 1;
  made.copied = true;
  made.begin = days_ago(days + 0.01);
  made.end = days_ago(days);
  made.size = made.stored = 300;
  return made;
}

// One about which there is nothing to say.
SurveyedServer sound() {
  SurveyedServer server;
  server.name = "main";
  server.mode = "active";
  server.backups_known = true;
  server.backups = {backup("b", 1), backup("a", 2)};
  server.first_backup = "a";
  server.last_backup = "b";
  server.redundancy = 2;
  report::RecoveryInterval interval;
  interval.backup_id = "a";
  interval.timeline = 1;
  interval.to_time = days_ago(0.1);
  interval.ended_by = "archive_end";
  server.window.emplace().intervals = {interval};
  server.written = {days_ago(0.05)};
  return server;
}

StateReport judged(SurveyedServer server) {
  Survey survey;
  survey.at = present;
  survey.cron = report::CronRun{present, 1};
  survey.servers.push_back(std::move(server));
  return judge(std::move(survey));
}

struct Case {
  const char* what;
  void (*change)(SurveyedServer& server);
  Verdict verdict;
  const char* concern;  // in the first one; "": none
};
class VerdictOf : public testing::TestWithParam<Case> {};
TEST_P(VerdictOf, AServer) {
  SurveyedServer server = sound();
  GetParam().change(server);
  const StateReport report = judged(server);
  EXPECT_EQ(report.states[0].verdict, GetParam().verdict) << GetParam().what;
  if (*GetParam().concern == '\0')
    EXPECT_THAT(report.states[0].concerns, IsEmpty());
  else
    EXPECT_THAT(report.states[0].concerns.at(0).text, HasSubstr(GetParam().concern));
}
INSTANTIATE_TEST_SUITE_P(
    States, VerdictOf,
    testing::Values(
        Case{"sound", [](SurveyedServer&) {}, Verdict::good, ""},
        Case{"inactive", [](SurveyedServer& s) { s.mode = "inactive", s.redundancy = 0, s.minimum_redundancy = 1; },
             Verdict::unused, ""},
        Case{"disabled", [](SurveyedServer& s) { s.mode = "disabled", s.problems = {"conninfo is missing"}; },
             Verdict::risk, "conninfo is missing"},
        Case{"no backup", [](SurveyedServer& s) { s.last_backup.reset(); }, Verdict::risk, "no complete backup"},
        Case{"old", [](SurveyedServer& s) { s.maximum_age = Micros(day / 2); }, Verdict::risk, "1 day old"},
        Case{"young", [](SurveyedServer& s) { s.maximum_age = Micros(2 * day); }, Verdict::good, ""},
        Case{"old WAL",
             [](SurveyedServer& s) {
               s.maximum_wal_age = Micros(day / 24);
               s.timelines[1].written = days_ago(1);
               s.timelines[2].written = days_ago(0.5);
             },
             Verdict::risk, "the last archived WAL is 12 hours old; last_wal_maximum_age is 1 hour"},
        Case{"young WAL",
             [](SurveyedServer& s) {
               s.maximum_wal_age = Micros(day / 24);
               s.timelines[1].written = days_ago(0.01);
             },
             Verdict::good, ""},
        Case{"redundancy", [](SurveyedServer& s) { s.minimum_redundancy = 3; }, Verdict::risk,
             "2 of the 3 full backups that minimum_redundancy asks for"},
        Case{"failed last",
             [](SurveyedServer& s) {
               s.backups.insert(s.backups.begin(), backup("c", 0));
               s.backups[0].status = "FAILED";
               s.backups[0].copied = false;
               s.backups[0].error = "cut";
               s.failed_last = "c";
             },
             Verdict::attention, "c, has failed: cut"},
        // Its id is that of a clock which was ahead; another one was made since.
        Case{"failed before the last one",
             [](SurveyedServer& s) {
               s.backups.insert(s.backups.begin(), backup("c", 3));
               s.backups[0].status = "FAILED";
             },
             Verdict::good, ""},
        Case{"an unreadable catalogue",
             [](SurveyedServer& s) {
               s.backups_known = false;
               s.backups.clear();
               s.last_backup.reset();
               s.window.reset();
             },
             Verdict::risk, "its backups are not known"},
        Case{"an unknown window", [](SurveyedServer& s) { s.window.reset(); }, Verdict::risk,
             "what can be restored is not known"},
        Case{"a passive node without backups", [](SurveyedServer& s) { s.mode = "passive", s.last_backup.reset(); },
             Verdict::risk, "no complete backup"},
        Case{"nothing", [](SurveyedServer& s) { s.window->intervals.clear(); }, Verdict::risk, "can be restored"},
        Case{"a gap",
             [](SurveyedServer& s) {
               s.window->intervals[0].ended_by = "missing_wal";
               s.window->intervals[0].missing = {"000000010000000000000007"};
             },
             Verdict::attention, "000000010000000000000007"},
        Case{"damage", [](SurveyedServer& s) { s.window->intervals[0].ended_by = "damaged_wal"; }, Verdict::attention,
             "replayed"},
        Case{"no receiver",
             [](SurveyedServer& s) {
               s.streams_wal = true;
               s.processes.emplace();
             },
             Verdict::risk, "receive-wal"},
        Case{"a receiver of which nothing is known", [](SurveyedServer& s) { s.streams_wal = true; }, Verdict::good,
             ""},
        Case{"a receiver",
             [](SurveyedServer& s) {
               s.streams_wal = true;
               s.processes.emplace().items = {{"receive-wal", 1}};
             },
             Verdict::good, ""},
        Case{"it waits",
             [](SurveyedServer& s) {
               s.waiting = {{"incoming", 3, 30, 7200.0}};
             },
             Verdict::attention, "3 WAL files in incoming, the oldest has waited for 2 hours"},
        Case{"it has just come",
             [](SurveyedServer& s) {
               s.waiting = {{"incoming", 3, 30, 60.0}};
             },
             Verdict::good, ""},
        Case{"a stall",
             [](SurveyedServer& s) {
               s.stalls = {{"replication slot", days_ago(1)}};
             },
             Verdict::attention, "replication slot: stalled for 1 day"},
        Case{"errors", [](SurveyedServer& s) { s.error_files = 2; }, Verdict::attention, "2 files in"},
        Case{"an error", [](SurveyedServer& s) { s.error_files = 1; }, Verdict::attention, "1 file in"},
        Case{"a drill failed", [](SurveyedServer& s) { s.drills.drills = {report::Drill{}}; }, Verdict::risk,
             "the last drill has failed"}));

TEST(Judge, PutsSeriousConcernsFirst) {
  SurveyedServer server = sound();
  server.error_files = 1;
  server.minimum_redundancy = 5;
  const auto concerns = judged(server).states[0].concerns;
  ASSERT_EQ(concerns.size(), 2U);
  EXPECT_TRUE(concerns[0].serious);
  EXPECT_FALSE(concerns[1].serious);
}

TEST(Judge, ReachesFromTheBackupsEndToTheLastCommitThatIsKnown) {
  SurveyedServer server = sound();
  auto state = judged(server).states[0];
  ASSERT_EQ(state.stretches.size(), 1U);
  EXPECT_EQ(state.stretches[0].from, days_ago(2));
  EXPECT_EQ(state.stretches[0].to, days_ago(0.1));
  EXPECT_TRUE(state.stretches[0].to_is_exact);
  EXPECT_NEAR(state.restorable_seconds, 1.9 * 86'400, 1);

  server.window->intervals[0].to_time.reset();
  state = judged(server).states[0];
  EXPECT_EQ(state.stretches[0].to, days_ago(0.05)) << "when the WAL was written";
  EXPECT_FALSE(state.stretches[0].to_is_exact);

  server.written.clear();
  EXPECT_EQ(judged(server).states[0].stretches[0].to, days_ago(2)) << "nothing is known behind the backup";
}

TEST(Judge, CountsWhatSeveralReachOnce) {
  SurveyedServer server = sound();
  auto& intervals = server.window->intervals;
  intervals.push_back(intervals[0]);
  intervals[1].timeline = 2;
  intervals[1].from_time = days_ago(1);
  intervals[1].to_time = days_ago(0.05);
  intervals.push_back(intervals[0]);
  intervals[2].from_time = days_ago(1.5);
  intervals[2].to_time = days_ago(1.2);
  EXPECT_NEAR(judged(server).states[0].restorable_seconds, 1.95 * 86'400, 1);
  intervals[1].from_time = days_ago(0.09);
  EXPECT_NEAR(judged(server).states[0].restorable_seconds, 1.94 * 86'400, 1) << "gaps are left out";
}

TEST(Judge, SendsNobodyToACommandThatIsRefused) {
  SurveyedServer server = sound();
  server.last_backup.reset();
  EXPECT_EQ(judged(server).states[0].concerns.at(0).command, "barman backup main");
  server.mode = "passive";
  EXPECT_EQ(judged(server).states[0].concerns.at(0).command, "barman check --explain main");
  server.name = "-a; b";
  EXPECT_EQ(judged(server).states[0].concerns.at(0).command, "barman check --explain -- '-a; b'");
}

TEST(Judge, SaysFromWhenOnItStays) {
  SurveyedServer server = sound();
  EXPECT_FALSE(judged(server).states[0].stays_from);
  server.backups[1].goes = true;
  EXPECT_EQ(judged(server).states[0].stays_from, days_ago(1));
}

TEST(Judge, ForecastsFromWhatCameIn) {
  SurveyedServer server = sound();
  server.backup_filesystem = "/backups";
  server.wal_filesystem = "/wals";
  const std::int64_t today = present.micros / day;
  server.wal_days = {{today - 1, {1, 100}}, {today, {1, 100}}, {today - 40, {1, 1'000'000}}};
  Survey survey;
  survey.at = present;
  survey.servers = {server};
  survey.filesystems = {{"/backups", 10'000, 3'000}, {"/wals", 10'000, 500}, {"/other", 10, 5}};
  const StateReport report = judge(survey);
  EXPECT_NEAR(report.states[0].inflow.days, 2, 0.1);
  EXPECT_NEAR(report.states[0].inflow.wal_bytes, 100, 5);
  EXPECT_NEAR(report.states[0].inflow.backup_bytes, 300, 15);
  ASSERT_EQ(report.disks.size(), 3U);
  ASSERT_TRUE(report.disks[0].full && report.disks[1].full);
  EXPECT_NEAR(static_cast<double>((*report.disks[0].full - present).count()) / day, 10, 0.6);
  EXPECT_NEAR(static_cast<double>((*report.disks[1].full - present).count()) / day, 5, 0.3);
  EXPECT_FALSE(report.disks[2].full);
}

TEST(Judge, FindsTheWeakestAndTheSilenceOfCron) {
  Survey survey;
  survey.at = present;
  survey.servers = {sound(), sound(), sound()};
  survey.servers[1].window->intervals[0].to_time = days_ago(0.5);
  survey.servers[2].mode = "inactive";
  survey.servers[2].window->intervals.clear();
  StateReport report = judge(survey);
  EXPECT_EQ(report.weakest, 1U);
  EXPECT_THAT(report.concerns.at(0).text, HasSubstr("not run yet"));
  survey.cron = report::CronRun{days_ago(1), 1};
  report = judge(survey);
  EXPECT_THAT(report.concerns.at(0).text, HasSubstr("1 day"));
  survey.cron = report::CronRun{days_ago(-1), 1};
  EXPECT_THAT(judge(survey).concerns.at(0).text, HasSubstr("yet to come"));
  EXPECT_EQ(report.count(Verdict::unused), 1);
  EXPECT_THAT(judge(Survey{}).concerns, IsEmpty()) << "without servers nobody needs cron";
}

}  // namespace
}  // namespace barman::app
