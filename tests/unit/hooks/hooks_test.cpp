#include "barman/hooks/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "fakes/runner.h"

namespace barman::hooks {
namespace {

using testing::ElementsAre;
using testing::Pair;

class HooksTest : public testing::Test {
 protected:
  HooksTest() {
    config.name = "main";
    for (const char* phase : {"pre", "post"})
      for (const char* retry : {"", "_retry"}) {
        const std::string option = std::string(phase) + "_archive" + retry + "_script";
        config.hooks[option] = "run " + option;
      }
  }
  Hooks hooks() {
    return {config, "/etc/barman.conf", runner, [this](int seconds) { sleeps.push_back(seconds); }};
  }
  std::vector<std::string> scripts() const {
    std::vector<std::string> names;
    for (const auto& argv : runner.calls) names.push_back(argv[2]);
    return names;
  }

  config::ServerConfig config;
  static constexpr int unable = -99;
  std::deque<int> statuses;  // of the scripts, one after the other; then 0
  fakes::FakeRunner runner{[this](const exec::Command& command) {
    EXPECT_THAT(command.argv, ElementsAre("/bin/sh", "-c", testing::_));
    EXPECT_FALSE(command.input);
    EXPECT_EQ(std::map(command.environment.begin(), command.environment.end()).size(), command.environment.size());
    int status = 0;
    if (!statuses.empty()) {
      status = statuses.front();
      statuses.pop_front();
    }
    if (status == unable) throw Error(Errc::io, "cannot start it");
    return exec::Outcome{.status = status, .out = {}, .err = {}};
  }};
  std::vector<int> sleeps;
  const Variables variables{{"BARMAN_SEGMENT", "x"}, {"BARMAN_ERROR", "went wrong"}};
};

TEST_F(HooksTest, PlainFirstBeforeAndLastAfter) {
  hooks().run_pre(Operation::archive, variables);
  hooks().run_post(Operation::archive, variables);
  EXPECT_THAT(scripts(), ElementsAre("run pre_archive_script", "run pre_archive_retry_script",
                                     "run post_archive_retry_script", "run post_archive_script"));
}

TEST_F(HooksTest, TellTheScriptWhatItIsAbout) {
  hooks().run_pre(Operation::archive, variables);
  EXPECT_THAT(
      runner.environments[0],
      ElementsAre(Pair("BARMAN_CONFIGURATION", "/etc/barman.conf"), Pair("BARMAN_ERROR", "went wrong"),
                  Pair("BARMAN_HOOK", "archive_script"), Pair("BARMAN_PHASE", "pre"), Pair("BARMAN_RETRY", "0"),
                  Pair("BARMAN_SEGMENT", "x"), Pair("BARMAN_SERVER", "main"), Pair("BARMAN_VERSION", testing::_)));
  EXPECT_EQ(runner.environments[1]["BARMAN_HOOK"], "archive_retry_script");
  EXPECT_EQ(runner.environments[1]["BARMAN_RETRY"], "1");
}

TEST_F(HooksTest, OnlyTheRetryScriptLearnsTheErrorAfterArchiving) {
  hooks().run_post(Operation::archive, variables);
  EXPECT_EQ(runner.environments[0]["BARMAN_ERROR"], "went wrong");
  EXPECT_EQ(runner.environments[1]["BARMAN_ERROR"], "");
  config.hooks = {{"post_backup_script", "b"}};
  hooks().run_post(Operation::backup, variables);
  EXPECT_EQ(runner.environments[2]["BARMAN_ERROR"], "went wrong");
}

TEST_F(HooksTest, PlainScriptNeverStopsAnything) {
  statuses = {63, 0};
  EXPECT_NO_THROW(hooks().run_pre(Operation::archive, variables));
  statuses = {unable, 0};
  EXPECT_NO_THROW(hooks().run_pre(Operation::archive, variables));
  EXPECT_TRUE(sleeps.empty());
}

TEST_F(HooksTest, RetryScriptIsRepeatedWithALongWaitAfterEverySixthFailure) {
  statuses = {0, 1, 1, 1, 1, 1, 1, unable, 2, 0};
  hooks().run_pre(Operation::archive, variables);
  EXPECT_THAT(sleeps, ElementsAre(3, 3, 3, 3, 3, 60, 3, 3));
}

TEST_F(HooksTest, StatusSixtyTwoResumes) {
  statuses = {0, 1, 62};
  EXPECT_NO_THROW(hooks().run_pre(Operation::archive, variables));
  EXPECT_EQ(runner.calls.size(), 3U);
}

TEST_F(HooksTest, StatusSixtyThreeStopsBeforeButNotAfter) {
  statuses = {0, 63};
  try {
    hooks().run_pre(Operation::archive, variables);
    FAIL();
  } catch (const Aborted& aborted) {
    EXPECT_STREQ(aborted.what(),
                 "Abort 'pre_archive_retry_script' retry hook script (run pre_archive_retry_script, exit code: 63)");
    EXPECT_EQ(aborted.option(), "pre_archive_retry_script");
  }
  statuses = {63, 0};
  EXPECT_NO_THROW(hooks().run_post(Operation::archive, variables));
  EXPECT_EQ(scripts().back(), "run post_archive_script");
}

TEST_F(HooksTest, OnlyConfiguredOnesRun) {
  config.hooks = {{"post_wal_delete_retry_script", "x"}, {"pre_delete_script", ""}};
  EXPECT_FALSE(hooks().configured(Operation::archive));
  EXPECT_FALSE(hooks().configured(Operation::remove));
  EXPECT_TRUE(hooks().configured(Operation::wal_delete));
  hooks().run_pre(Operation::archive, variables);
  hooks().run_pre(Operation::remove, variables);
  EXPECT_TRUE(runner.calls.empty());
}

TEST(Variables, DescribeAWal) {
  EXPECT_THAT(wal_variables("/a/b", {"000000010000000000000001", 1234, 1700000001.25, "gzip", std::nullopt}, "e"),
              ElementsAre(Pair("BARMAN_SEGMENT", "000000010000000000000001"), Pair("BARMAN_FILE", "/a/b"),
                          Pair("BARMAN_SIZE", "1234"), Pair("BARMAN_TIMESTAMP", "1700000001.25"),
                          Pair("BARMAN_COMPRESSION", "gzip"), Pair("BARMAN_ERROR", "e")));
}

class BackupVariables : public testing::Test {
 protected:
  BackupVariables() {
    config.name = "main";
    config.backup_directory = "/nowhere/main";
    config.basebackups_directory = "/nowhere/main/base";
    info.backup_id = "20260101T000000";
    info.set_status(catalog::BackupStatus::failed);
    info.error = "no space";
  }
  std::map<std::string, std::string> as_map(const Variables& variables) const {
    return {variables.begin(), variables.end()};
  }
  config::ServerConfig config;
  catalog::BackupCatalog catalog{config};
  catalog::BackupInfo info;
};

TEST_F(BackupVariables, DescribeABackup) {
  auto got = as_map(backup_variables(catalog, info));
  EXPECT_EQ(got["BARMAN_BACKUP_DIR"], "/nowhere/main/base/20260101T000000");
  EXPECT_EQ(got["BARMAN_BACKUP_INFO_PATH"], "/nowhere/main/meta/20260101T000000-backup.info");
  EXPECT_EQ(got["BARMAN_PREVIOUS_ID"], "");
  EXPECT_EQ(got["BARMAN_NEXT_ID"], "");
  EXPECT_EQ(got["BARMAN_STATUS"], "FAILED");
  EXPECT_EQ(got["BARMAN_ERROR"], "no space");
}

TEST_F(BackupVariables, DescribeARecovery) {
  auto got = as_map(recovery_variables(catalog, info,
                                       {.destination_directory = "/dest",
                                        .tablespaces = {{"b", "/t\"b"}, {"a", "/tä"}},
                                        .remote_command = "ssh x",
                                        .options = {{"target_tli", std::int64_t{2}},
                                                    {"exclusive", false},
                                                    {"target_immediate", true},
                                                    {"target_name", std::string()},
                                                    {"target_time", std::string("2026-01-01")}}}));
  EXPECT_EQ(got["BARMAN_ERROR"], "") << "recovery hooks never get it";
  EXPECT_EQ(got["BARMAN_DESTINATION_DIRECTORY"], "/dest");
  EXPECT_EQ(got["BARMAN_REMOTE_COMMAND"], "ssh x");
  EXPECT_EQ(got["BARMAN_TABLESPACES"], R"({"a": "/t\u00e4", "b": "/t\"b"})");
  EXPECT_EQ(got["BARMAN_RECOVER_OPTIONS"],
            R"({"target_immediate": true, "target_time": "2026-01-01", "target_tli": 2})");
  got = as_map(recovery_variables(catalog, info, {.destination_directory = "/dest"}));
  EXPECT_EQ(got["BARMAN_TABLESPACES"], "");
  EXPECT_EQ(got["BARMAN_RECOVER_OPTIONS"], "");
  EXPECT_EQ(got["BARMAN_REMOTE_COMMAND"], "");
}

}  // namespace
}  // namespace barman::hooks
