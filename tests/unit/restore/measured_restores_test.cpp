#include "barman/restore/measured_restores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "barman/fs/file.h"

namespace barman::restore {
namespace {

using testing::ElementsAre;

report::MeasuredRestore some_restore(const std::string& id) {
  report::MeasuredRestore restore;
  restore.server = "main";
  restore.backup_id = id;
  restore.remote = true;
  restore.seconds = {.copy = 1.5, .files = 1.25, .wal = 0.125};
  restore.bytes_copied = std::int64_t{5} << 40U;
  restore.wal_bytes = 32 << 20;
  restore.wal_segments = 2;
  restore.started = Timestamp{1'767'261'600'000'000, 3600};
  restore.ended = Timestamp{1'767'261'609'000'001, 3600};
  return restore;
}

class MeasuredRestores : public testing::Test {
 protected:
  MeasuredRestores() : locks_(directory_.path(), "main") {
    config_.backup_directory = directory_.path() + "/main";
    fs::make_directories(config_.backup_directory);
  }
  std::string file() const { return config_.backup_directory + "/.restore-history"; }
  std::vector<std::string> ids() const {
    std::vector<std::string> found;
    for (const report::MeasuredRestore& restore : load_measured(config_)) found.push_back(restore.backup_id);
    return found;
  }
  fs::TemporaryDirectory directory_{"barman-restore-test"};
  fs::LockDirectory locks_;
  config::ServerConfig config_;
};

TEST_F(MeasuredRestores, AreKeptInAFile) {
  const report::MeasuredRestore restore = some_restore("20260101T000000");
  remember(config_, locks_, restore);
  const auto known = load_measured(config_);
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(to_json_text(known[0]), to_json_text(restore));
  EXPECT_EQ(known[0].bytes_copied, std::int64_t{5} << 40U);
  EXPECT_EQ(known[0].ended.micros, 1'767'261'609'000'001);
  EXPECT_EQ(fs::read_file(file()), R"({"backup_id":"20260101T000000","bytes":{"copied":5497558138880,"wal":33554432},)"
                                   R"("ended":"2026-01-01T11:00:09.000001+01:00","remote":true,)"
                                   R"("seconds":{"copy":1.5,"files":1.25,"wal":0.125},"server":"main",)"
                                   R"("started":"2026-01-01T11:00:00.000000+01:00","wal_segments":2})"
                                   "\n");
  EXPECT_THAT(fs::list_directory(directory_.path()), ElementsAre("main")) << "no lock is left";
}

TEST_F(MeasuredRestores, BeyondAHundredAreForgotten) {
  for (int i = 0; i < 103; ++i) remember(config_, locks_, some_restore(std::to_string(i)));
  const auto known = ids();
  ASSERT_EQ(known.size(), 100U);
  EXPECT_EQ(known.front(), "3");
  EXPECT_EQ(known.back(), "102");
}

TEST_F(MeasuredRestores, ThatEndAtTheSameTimeAreAllKept) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] { remember(config_, locks_, some_restore(std::to_string(i))); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ids().size(), 8U);
}

TEST_F(MeasuredRestores, ThatCannotBeReadAreLeftOut) {
  remember(config_, locks_, some_restore("a"));
  fs::replace_file(file(), "no json\n[]\n3\nnull\n{\"server\": 1}\n" + std::string(5000, '[') + "\n" +
                               R"({"server": 1, "remote": [], "seconds": 4, "bytes": {"copied": 1e300}})" + "\n" +
                               fs::read_file(file()) + "{\"server\":");
  EXPECT_THAT(ids(), ElementsAre("", "a"));
  EXPECT_EQ(load_measured(config_).front().bytes_copied, 0);
  remember(config_, locks_, some_restore("b"));
  EXPECT_THAT(ids(), ElementsAre("", "a", "b"));
}

TEST_F(MeasuredRestores, NeverFail) {
  {
    const auto held = fs::LockFile::try_acquire(locks_.restore_history());
    const auto begin = std::chrono::steady_clock::now();
    remember(config_, locks_, some_restore("a"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10)) << "nobody waits for it for long";
  }
  EXPECT_FALSE(fs::exists(file()));
  fs::make_directories(file());  // no file can be written there
  remember(config_, locks_, some_restore("a"));
  EXPECT_TRUE(fs::is_directory(file()));
}

TEST_F(MeasuredRestores, AreKeptOnlyWhereTheServerHasADirectory) {
  config_.is_second_copy = true;
  remember(config_, locks_, some_restore("a"));
  EXPECT_FALSE(fs::exists(file()));
  config_.is_second_copy = false;
  config_.backup_directory = directory_.path() + "/other";
  remember(config_, locks_, some_restore("a"));
  EXPECT_FALSE(fs::exists(config_.backup_directory));
}

}  // namespace
}  // namespace barman::restore
