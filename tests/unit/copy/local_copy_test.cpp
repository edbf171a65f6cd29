#include "local_copy.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::copy {

namespace {

using testing::ElementsAre;

class LocalCopy : public testing::Test {
 protected:
  void SetUp() override {
    fs::make_directories(path("source/base/1"));
    fs::make_directories(path("source/pg_wal/archive_status"));
    put("source/base/1/table", std::string(300'000, 't'), 0600);
    put("source/PG_VERSION", "15\n", 0640);
    put("source/postmaster.pid", "1\n", 0600);
    put("source/pg_wal/000000010000000000000001", "wal", 0600);
    item_.source = path("source");
    item_.destination = path("target");
    item_.exclude = {"/pg_wal/*", "/postmaster.pid"};
    request_.source_is_remote_end = false;
  }

  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void put(const std::string& name, const std::string& bytes, mode_t mode) const {
    const auto fd = fs::open_file(path(name), O_WRONLY | O_CREAT | O_TRUNC, mode);
    fs::write_all(fd.get(), bytes, name);
    ASSERT_EQ(::fchmod(fd.get(), mode), 0);
    date(name, 1'700'000'000);
  }
  void date(const std::string& name, std::int64_t seconds) const {
    const timespec times[2] = {{seconds, 5}, {seconds, 250'000'000}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
  }
  bool possible() { return can_copy_here(request_, item_, *host_); }
  void copy() {
    copy_directory_here(item_, 3, cancellation_, [this](std::int64_t bytes) { copied_ += bytes; });
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  std::unique_ptr<fs::Host> host_ = fs::make_local_host(std::chrono::minutes(1));
  exec::Cancellation cancellation_;
  std::atomic<std::int64_t> copied_ = 0;
  Item item_;
  Request request_;
};

TEST_F(LocalCopy, KeepsContentModeAndDate) {
  ASSERT_EQ(::chmod(path("source/base").c_str(), 02750), 0);
  date("source/base", 1'600'000'000);
  copy();
  EXPECT_EQ(fs::read_file(path("target/base/1/table")), std::string(300'000, 't'));
  EXPECT_EQ(fs::stat_if_exists(path("target/PG_VERSION"))->st_mode & 07777U, 0640U);
  const auto file = fs::stat_if_exists(path("target/PG_VERSION"));
  EXPECT_EQ(file->st_mtim.tv_sec, 1'700'000'000);
  EXPECT_EQ(file->st_mtim.tv_nsec, 250'000'000);
  const auto base = fs::stat_if_exists(path("target/base"));
  EXPECT_EQ(base->st_mode & 07777U, 02750U);
  EXPECT_EQ(base->st_mtim.tv_sec, 1'600'000'000);
  EXPECT_EQ(copied_, 300'003);
}

TEST_F(LocalCopy, LeavesOutWhatIsExcludedAndWhatIsThere) {
  put("source/kept", "of the source", 0600);
  fs::make_directories(path("source/inside/tablespace"));
  fs::make_directories(path("target/inside"));
  put("target/kept", "of the target", 0600);
  item_.exclude_and_protect = {"/kept", "/inside"};
  copy();
  EXPECT_THAT(fs::list_directory(path("target")), ElementsAre("PG_VERSION", "base", "inside", "kept", "pg_wal"));
  EXPECT_EQ(fs::read_file(path("target/kept")), "of the target");
  EXPECT_TRUE(fs::list_directory(path("target/pg_wal")).empty()) << "the directory itself is copied";
  EXPECT_TRUE(fs::list_directory(path("target/inside")).empty());
}

TEST_F(LocalCopy, FollowsLinks) {
  fs::make_directories(path("elsewhere/2"));
  put("elsewhere/2/far", "away", 0600);
  fs::make_symlink(path("elsewhere"), path("source/linked"));
  fs::make_symlink(path("source/PG_VERSION"), path("source/version"));
  ASSERT_EQ(::mkfifo(path("source/pipe").c_str(), 0600), 0);
  copy();
  EXPECT_EQ(fs::read_file(path("target/linked/2/far")), "away");
  EXPECT_TRUE(S_ISREG(fs::lstat_if_exists(path("target/version"))->st_mode));
  EXPECT_FALSE(fs::exists(path("target/pipe")));
}

TEST_F(LocalCopy, CopiesManyFilesOfManyDirectories) {
  for (int i = 0; i < 9000; ++i) put("source/base/1/" + std::to_string(i), std::to_string(i), 0600);
  for (int i = 0; i < 100; ++i) {
    fs::make_directories(path("source/base/d" + std::to_string(i)));
    put("source/base/d" + std::to_string(i) + "/table", std::to_string(i), 0600);
  }
  copy();
  EXPECT_EQ(fs::list_directory(path("target/base/1")), fs::list_directory(path("source/base/1")));
  for (const int i : {0, 4095, 4096, 8191, 8192, 8999})
    EXPECT_EQ(fs::read_file(path("target/base/1/" + std::to_string(i))), std::to_string(i));
  for (const int i : {0, 99})
    EXPECT_EQ(fs::read_file(path("target/base/d" + std::to_string(i) + "/table")), std::to_string(i));
}

TEST_F(LocalCopy, OverwritesNothing) {
  fs::make_directories(path("target"));
  put("target/PG_VERSION", "14\n", 0600);
  EXPECT_THROW(copy(), Error);
  EXPECT_EQ(fs::read_file(path("target/PG_VERSION")), "14\n");
}

TEST_F(LocalCopy, FailsWhenAFileCannotBeRead) {
  for (int i = 0; i < 1000; ++i) put("source/base/1/" + std::to_string(i), "x", 0600);
  fs::make_symlink(path("nowhere"), path("source/base/1/500x"));
  EXPECT_THROW(copy(), Error);
}

TEST_F(LocalCopy, IsGivenUp) {
  cancellation_.cancel();
  EXPECT_THROW(copy(), Interrupted);
}

TEST_F(LocalCopy, IsForWhatNeedsNoComparison) {
  EXPECT_TRUE(possible());
  fs::make_directories(path("target/.hidden"));
  EXPECT_FALSE(possible()) << "something may have to be compared or deleted";
  item_.exclude_and_protect = {"/.hidden"};
  EXPECT_TRUE(possible());
  item_.exclude.emplace_back("pgsql_tmp*");
  EXPECT_FALSE(possible()) << "a pattern for rsync";
  item_.exclude.pop_back();
  item_.bandwidth_limit = 1000;
  EXPECT_FALSE(possible());
  item_.bandwidth_limit = 0;
  request_.reuse = ReuseMode::link;
  EXPECT_FALSE(possible());
  request_.reuse = ReuseMode::none;
  request_.source_is_remote_end = true;
  EXPECT_FALSE(possible());
}

class ReuseLink : public testing::Test {
 protected:
  void SetUp() override {
    fs::make_directories(path("older/base/1"));
    put("older/base/1/table", "table");
    put("outside", "outside");
    item_.reuse_directory = path("older");
    item_.destination = path("new");
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    fs::write_all(fs::open_file(path(name), O_WRONLY | O_CREAT | O_EXCL).get(), bytes, name);
  }
  bool link(const std::string& name) { return link_from_reuse_directory(item_, name); }

  fs::TemporaryDirectory directory_{"barman-test-"};
  Item item_;
};

TEST_F(ReuseLink, MakesTheDirectoriesOnTheWay) {
  EXPECT_TRUE(link("base/1/table"));
  const auto made = fs::stat_if_exists(path("new/base/1/table")),
             older = fs::stat_if_exists(path("older/base/1/table"));
  EXPECT_EQ(made->st_ino, older->st_ino);
  EXPECT_EQ(fs::stat_if_exists(path("new/base"))->st_mode & 07777, 0700U);
}

TEST_F(ReuseLink, LeavesWhatIsThere) {
  fs::make_directories(path("new/base/1"));
  put("new/base/1/table", "mine");
  EXPECT_FALSE(link("base/1/table"));
  EXPECT_EQ(fs::read_file(path("new/base/1/table")), "mine");
}

TEST_F(ReuseLink, IsNotMadeOfNothing) { EXPECT_FALSE(link("base/1/missing")); }

TEST_F(ReuseLink, StaysInItsPlace) {
  for (const std::string name : {"../outside", "base/../../outside", "/base/1/table", "..", "base/.."})
    EXPECT_FALSE(link(name)) << name;
  EXPECT_FALSE(fs::exists(path("new"))) << "nothing was made";
  put("older/..x", "a name like any other");
  EXPECT_TRUE(link("..x"));
}

}  // namespace

}  // namespace barman::copy
