#include "next_steps.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "restored_cluster.h"

namespace barman::restore {

namespace {

using report::NextStep;
using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

RestoredCluster cluster() {
  RestoredCluster cluster;
  cluster.server = "main";
  cluster.version = 150020;
  cluster.destination = "/srv/data";
  cluster.owner = "postgres";
  cluster.mode = 0700;
  cluster.port = 5432;
  return cluster;
}

auto says(const std::string& text) { return Contains(Field(&NextStep::text, HasSubstr(text))); }
auto types(const std::string& command) { return Contains(Field(&NextStep::command, Optional(command))); }

TEST(NextSteps, OfAPlainRestoreAreToStartToSeeAndToBackUp) {
  const auto steps = next_steps(cluster());
  ASSERT_EQ(steps.size(), 4U);
  EXPECT_EQ(steps[0],
            (NextStep{"Start PostgreSQL 15 on this host; it will listen on port 5432.", "pg_ctl start -D /srv/data"}));
  EXPECT_EQ(steps[1].command, "select pg_is_in_recovery();");
  EXPECT_THAT(steps[2].text, HasSubstr("on the same timeline")) << "there is no recovery from an archive";
  EXPECT_EQ(steps[3].command, "barman check main && barman backup --wait main");
}

TEST(NextSteps, MakeTheFilesFitForTheirUser) {
  RestoredCluster restored = cluster();
  restored.owner = "barman";
  restored.mode = 0755;
  restored.tablespaces = {"/srv/it's"};
  const auto steps = next_steps(restored);
  EXPECT_THAT(steps, says("they belong to 'barman' now"));
  EXPECT_THAT(steps, types("chown -R postgres: /srv/data '/srv/it'\\''s'"));
  EXPECT_THAT(steps, says("mode 0755"));
  EXPECT_THAT(steps, types("chmod 0700 /srv/data"));
  EXPECT_THAT(next_steps(cluster()), Not(says("chown")));
}

TEST(NextSteps, GiveAnotherPortWhereItsOwnIsTaken) {
  RestoredCluster restored = cluster();
  restored.port_in_use = restored.remote = true;
  EXPECT_THAT(next_steps(restored), types("pg_ctl start -D /srv/data -o '-p 5433'"));
  restored.port = 6000;
  EXPECT_THAT(next_steps(restored), says("on the target host; port 6000 of its configuration is in use there"));
}

struct Case {
  const char* name;
  std::optional<TargetAction> action;
  std::int64_t version;
  bool hot_standby;
  const char* text;
  const char* command;  // nullptr: no step of the target has one
};

class TargetSteps : public testing::TestWithParam<Case> {};

TEST_P(TargetSteps, SayHowToSeeItAndHowToGoOn) {
  RestoredCluster restored = cluster();
  restored.version = GetParam().version;
  restored.hot_standby = GetParam().hot_standby;
  restored.wants_recovery = true;
  restored.next_timeline = 3;
  restored.target.name = "before";
  restored.target.action = GetParam().action;
  const auto steps = next_steps(restored);
  EXPECT_THAT(steps, says(GetParam().text));
  EXPECT_THAT(steps, says("(name: 'before')"));
  EXPECT_THAT(steps, says("new timeline, 3:"));
  if (GetParam().command == nullptr)
    EXPECT_THAT(steps, Not(Contains(Field(&NextStep::command, Optional(HasSubstr("select"))))));
  else
    EXPECT_THAT(steps, types(GetParam().command));
}

INSTANTIATE_TEST_SUITE_P(
    Actions, TargetSteps,
    testing::Values(Case{"Default", {}, 150020, true, "has paused at the target", "select pg_wal_replay_resume();"},
                    Case{"Pause", TargetAction::pause, 90600, true, "has paused", "select pg_xlog_replay_resume();"},
                    Case{"NobodyCouldConnect", TargetAction::pause, 150020, false, "and shut down", nullptr},
                    Case{"Shutdown", TargetAction::shutdown, 150020, true, "and shut down", nullptr},
                    Case{"Promote", TargetAction::promote, 150020, true, "opened for writing",
                         "select pg_is_in_recovery(), pg_last_wal_replay_lsn(), pg_last_xact_replay_timestamp();"}),
    [](const auto& tried) { return tried.param.name; });

TEST(NextSteps, OfAStandbyAreToPromoteIt) {
  RestoredCluster restored = cluster();
  restored.standby = restored.wants_recovery = true;
  restored.restore_command = "barman get-wal main %f > %p";
  EXPECT_THAT(next_steps(restored), AllOf(types("select pg_promote();"), types("barman get-wal main %f > %p")));
  restored.version = 110000;
  restored.pg_ctl = "/usr/lib/postgresql/11/bin/pg_ctl";
  EXPECT_THAT(next_steps(restored), types("/usr/lib/postgresql/11/bin/pg_ctl promote -D /srv/data"));
}

TEST(NextSteps, NameWhatIsMissingAndWhatWasChanged) {
  RestoredCluster restored = cluster();
  restored.missing_files = {"postgresql.conf", "pg_hba.conf"};
  restored.port.reset();
  restored.warnings = {{"postgresql.auto.conf", 2, "data_directory", "/old"}};
  restored.changes = {{"postgresql.conf", 9, "archive_command", "false"}};
  const auto steps = next_steps(restored);
  EXPECT_THAT(steps, says("that were not in the backup: postgresql.conf, pg_hba.conf."));
  EXPECT_THAT(steps, says("lead out of the restored cluster: data_directory (postgresql.auto.conf, line 3)."));
  EXPECT_THAT(steps, says("archive_command (postgresql.conf, line 10). The originals"));
  EXPECT_THAT(steps, says("Start PostgreSQL 15 on this host."));
}

TEST(HostSurvey, ReadsOwnerModeAndPorts) {
  const HostSurvey survey = parse_survey(
      "Welcome to this host\n"
      "owner 750 postgres\n"
      "  sl  local_address rem_address   st tx_queue\n"
      "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000\n"
      "   1: 0100007F:1539 0100007F:CA00 01 00000000:00000000\n"
      "   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0\n");
  EXPECT_EQ(survey.owner, "postgres");
  EXPECT_EQ(survey.mode, 0750U);
  EXPECT_EQ(survey.ports, (std::set<std::int64_t>{5432, 22}));
  EXPECT_EQ(parse_survey("nothing\n").mode, std::nullopt);
}

}  // namespace
}  // namespace barman::restore
