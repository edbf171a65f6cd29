#include "barman/jobs/job_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <array>

#include "barman/core/error.h"
#include "fakes/server_on_disk.h"

namespace barman::jobs {
namespace {

using testing::ElementsAre;

class JobFilesTest : public testing::Test {
 protected:
  JobFilesTest() { global_.barman_home = disk_.directory.path(); }
  JobFiles files(const std::string& server = "main") const { return {global_, server}; }
  std::string create(const JobFiles& files) const {
    return files.create(R"({"type": "config_switch", "reset": true})", Type::config_switch, noon_);
  }
  void age(const std::string& name, int seconds) const {
    const timespec then{static_cast<time_t>(now().seconds() - seconds), 0};
    const std::array<timespec, 2> times = {then, then};
    ASSERT_EQ(::utimensat(AT_FDCWD, disk_.path(name).c_str(), times.data(), 0), 0);
  }

  fakes::ServerOnDisk disk_;
  config::GlobalConfig global_;
  Timestamp noon_{1'767'268'800'000'000, 0};
};

TEST_F(JobFilesTest, AreThoseOfTheServerOrOfTheInstance) {
  EXPECT_EQ(create(files()), "20260101T120000");
  EXPECT_EQ(create(files("")), "20260101T120000");
  for (const char* name : {"main/jobs/20260101T120000.json", "jobs/20260101T120000.json"}) {
    struct ::stat info {};
    ASSERT_EQ(::stat(disk_.path(name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << name;
  }
  EXPECT_EQ(type_in(disk_.read("jobs/20260101T120000.json")), "config_switch");
}

TEST_F(JobFilesTest, CountOnToASecondThatIsFree) {
  EXPECT_EQ(create(files()), "20260101T120000");
  EXPECT_EQ(create(files()), "20260101T120001");
  disk_.write("main/output/20260101T120002.json", "{}");
  EXPECT_EQ(create(files()), "20260101T120003");
  EXPECT_EQ(files().list().size(), 3U);
}

TEST_F(JobFilesTest, SayHowFarItIs) {
  const std::string id = create(files());
  EXPECT_EQ(files().state(id, now()), State::in_progress);  // nobody has begun yet
  EXPECT_EQ(files().state("20260101T120001", now()), std::nullopt);
  EXPECT_EQ(files().state("../jobs/" + id, now()), std::nullopt);
  {
    const auto claim = files().claim(id);
    EXPECT_EQ(files().state(id, now()), State::in_progress);
    EXPECT_THROW(files().claim(id), Error);
    files().finish(claim, id, {true, noon_, "done"});
    EXPECT_EQ(files().state(id, now()), State::done);
  }
  EXPECT_THROW(files().claim(id), Error);  // it is not done twice
  const std::string second = create(files());
  files().finish(files().claim(second), second, {false, noon_, "failed"});
  EXPECT_EQ(files().state(second, now()), State::failed);
}

TEST_F(JobFilesTest, CallItAFailureWhereNobodyDoesItAnyMore) {
  const std::string killed = create(files()), never_begun = create(files()), young = create(files());
  static_cast<void>(files().claim(killed));  // lets go at once
  age("main/jobs/" + never_begun + ".json", 61);
  EXPECT_EQ(files().state(killed, now()), State::failed);
  EXPECT_EQ(files().state(never_begun, now()), State::failed);
  EXPECT_EQ(files().state(young, now()), State::in_progress);

  files().settle(now());
  EXPECT_THAT(disk_.names("main/output"), ElementsAre(killed + ".json", never_begun + ".json"));
  EXPECT_EQ(success_in(disk_.read("main/output/" + killed + ".json")), false);
  EXPECT_EQ(type_in(disk_.read("main/output/" + killed + ".json")), "config_switch");
  files().settle(now());
  EXPECT_THROW(files().claim(never_begun), Error);
}

// Between the moment when its process has made the file of its lock, and when it has taken it.
TEST_F(JobFilesTest, AreNoFailureWhileTheyBegin) {
  const std::string id = create(files());
  disk_.write("main/jobs/." + id + ".lock", "");
  EXPECT_EQ(files().state(id, now()), State::in_progress);
  files().settle(now());
  EXPECT_FALSE(disk_.exists("main/output/" + id + ".json"));
  age("main/jobs/" + id + ".json", 61);
  EXPECT_EQ(files().state(id, now()), State::failed);
}

TEST_F(JobFilesTest, GoAMonthAfterTheirEnd) {
  const std::string old = create(files()), recent = create(files()), running = create(files());
  for (const std::string& id : {old, recent}) files().finish(files().claim(id), id, {true, noon_, ""});
  const auto claim = files().claim(running);
  age("main/output/" + old + ".json", 101);
  age("main/jobs/" + running + ".json", 1000);
  files().remove_ended(now(), std::chrono::seconds(100));
  EXPECT_FALSE(disk_.exists("main/jobs/" + old + ".json"));
  EXPECT_FALSE(disk_.exists("main/jobs/." + old + ".lock"));
  EXPECT_FALSE(disk_.exists("main/output/" + old + ".json"));
  EXPECT_EQ(files().state(old, now()), std::nullopt);
  EXPECT_EQ(files().state(recent, now()), State::done);
  EXPECT_EQ(files().state(running, now()), State::in_progress);
}

TEST_F(JobFilesTest, ListWhatIsOne) {
  const std::string id = create(files());
  disk_.write("main/jobs/notes.json", "{}");
  disk_.write("main/jobs/20260101T120001.json", "{");
  disk_.write("main/jobs/20260101T120002.json", R"({"operation_type": "recovery"})");
  const auto items = files().list();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].id, id);
  EXPECT_EQ(items[1].type, "recovery");
  EXPECT_TRUE(files("other").list().empty());
  EXPECT_FALSE(disk_.exists("other"));
}

}  // namespace
}  // namespace barman::jobs
