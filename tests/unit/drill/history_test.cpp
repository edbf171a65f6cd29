#include "history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "barman/fs/file.h"

namespace barman::drill {
namespace {

report::Drill some_drill(const std::string& id) {
  report::Drill drill;
  drill.server = "main";
  drill.backup_id = id;
  drill.passed = true;
  drill.target = {.kind = "time", .value = "2026-01-01", .inclusive = false, .timeline = "2"};
  drill.reached = report::Drill::Point{Lsn{0x3000028}, 740, Timestamp{1'767'261'600'000'001, 0}};
  drill.seconds.copy = 1.5;
  drill.seconds.total = 9;
  drill.bytes_copied = 4096;
  drill.wal_bytes = 100;
  drill.checks = {{"start", true, "well"}, {"manifest", std::nullopt, "none"}, {"sql", false, "no\nline"}};
  drill.notes = {"a note"};
  drill.started = Timestamp{1'767'261'600'000'000, 3600};
  drill.ended = Timestamp{1'767'261'609'000'000, 3600};
  return drill;
}

class History : public testing::Test {
 protected:
  History() { config_.backup_directory = directory_.path(); }
  std::vector<std::string> ids() const {
    std::vector<std::string> found;
    for (const report::Drill& drill : load_history(config_)) found.push_back(drill.backup_id);
    return found;
  }
  fs::TemporaryDirectory directory_{"barman-drill-test"};
  config::ServerConfig config_;
};

TEST_F(History, KeepsAllOfADrill) {
  const report::Drill drill = some_drill("20260101T000000");
  remember(config_, drill);
  const auto known = load_history(config_);
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(to_json_text(known[0]), to_json_text(drill));
  EXPECT_EQ(known[0].reached->time->micros, 1'767'261'600'000'001);
  EXPECT_EQ(failure_of(known[0]), "sql: no\nline");
  EXPECT_EQ(known[0].checks[1].passed, std::nullopt);
}

TEST_F(History, WritesTimesWithMicrosecondsAndAZone) {
  EXPECT_THAT(to_json_text(some_drill("x")), testing::HasSubstr("\"started\":\"2026-01-01T11:00:00.000000+01:00\""));
}

TEST_F(History, ForgetsWhatIsBeyondAHundred) {
  for (int i = 0; i < 103; ++i) remember(config_, some_drill(std::to_string(i)));
  const auto known = ids();
  ASSERT_EQ(known.size(), 100U);
  EXPECT_EQ(known.front(), "3");
  EXPECT_EQ(known.back(), "102");
}

TEST_F(History, LeavesOutWhatItCannotRead) {
  remember(config_, some_drill("a"));
  const std::string path = own_directory(config_) + "/history";
  fs::replace_file(path,
                   "no json\n[]\n{\"server\": 1}\n{\"server\": 1, \"passed\": [], \"checks\": [3], \"target\": 4}\n" +
                       fs::read_file(path) + "{\"server\":");
  EXPECT_THAT(ids(), testing::ElementsAre("", "a"));
}

}  // namespace
}  // namespace barman::drill
