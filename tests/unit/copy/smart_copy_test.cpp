// Runs real rsync processes on small trees: what the older backup holds afterwards is the point.
#include "barman/copy/smart_copy.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "unit/fs/memory_directory.h"

namespace barman::copy {
namespace {

using testing::Contains;
using testing::Not;
using testing::StartsWith;

constexpr std::int64_t day = 1'795'000'000;  // seconds; the trees' dates are around it

// Passes on to rsync, remembers the calls, and lets a test do something before or instead of one.
class WatchedRunner : public exec::Runner {
 public:
  exec::Outcome run(const exec::Command& command) override {
    std::function<std::optional<exec::Outcome>(std::size_t)> hook;
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = calls.size();
      calls.push_back(command.argv);
      hook = before;
    }
    if (hook)
      if (auto outcome = hook(number)) return *outcome;
    return local_.run(command);
  }
  bool is_remote() const override { return false; }

  std::vector<std::vector<std::string>> calls;
  std::function<std::optional<exec::Outcome>(std::size_t number)> before;

 private:
  exec::LocalRunner local_;
  std::mutex mutex_;
};

class SmartCopy : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"source", "older"}) fs::make_directories(path(name) + "/base/1");
    put("source/base/1/old", "same", day);
    put("older/base/1/old", "same", day);
    item_.label = "pgdata";
    item_.source = path("source");
    item_.destination = path("new");
    item_.reuse_directory = path("older");
    request_.reuse = ReuseMode::link;
    request_.safe_horizon = Timestamp{(day + 100) * 1'000'000, 0};
    request_.jobs_start_batch_size = 100;
    request_.worth_a_job = 1;
  }

  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string text(const std::string& name) const { return fs::read_file(path(name)); }
  void put(const std::string& name, const std::string& bytes, std::int64_t mtime) const {
    const std::string file = path(name);
    const auto fd = fs::open_file(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    fs::write_all(fd.get(), bytes, file);
    const timespec times[2] = {{mtime, 0}, {mtime, 0}};
    ASSERT_EQ(::futimens(fd.get(), times), 0);
  }
  bool same_inode(const std::string& a, const std::string& b) const {
    const auto one = fs::stat_if_exists(path(a)), other = fs::stat_if_exists(path(b));
    return one && other && one->st_ino == other->st_ino;
  }
  Statistics copy() {
    request_.items = {item_};
    return smart_copy(request_, runner_, *host_, progress_);
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  WatchedRunner runner_;
  std::unique_ptr<fs::Host> host_ = fs::make_local_host(std::chrono::minutes(1));
  NoProgress progress_;
  Item item_;
  Request request_;
};

TEST_F(SmartCopy, TakesOldFilesUnreadInOneCall) {
  put("source/base/1/changed", "new text", day + 500);
  put("older/base/1/changed", "old", day);
  const Statistics statistics = copy();
  EXPECT_EQ(runner_.calls.size(), 1U);
  EXPECT_TRUE(same_inode("new/base/1/old", "older/base/1/old"));
  EXPECT_EQ(text("new/base/1/changed"), "new text");
  EXPECT_EQ(text("older/base/1/changed"), "old");
  ASSERT_EQ(statistics.items.size(), 1U);
  EXPECT_GT(statistics.items[0].copy, 0);
  EXPECT_EQ(statistics.items[0].copy, statistics.items[0].serialized);
}

// Equal size and date, but written to since: only the content tells.
TEST_F(SmartCopy, ComparesWhatIsNotOldEnough) {
  for (const std::int64_t jobs : {1, 3}) {
    fs::remove_tree(path("new"));
    put("source/base/1/doubtful", "xxxx", day + 200);
    put("older/base/1/doubtful", "yyyy", day + 200);
    put("source/base/1/fine", "zzzz", day + 200);
    put("older/base/1/fine", "zzzz", day + 200);
    request_.jobs = jobs;
    copy();
    EXPECT_EQ(text("new/base/1/doubtful"), "xxxx") << jobs;
    EXPECT_EQ(text("older/base/1/doubtful"), "yyyy") << jobs;
    EXPECT_TRUE(same_inode("new/base/1/fine", "older/base/1/fine")) << jobs;
    EXPECT_TRUE(same_inode("new/base/1/old", "older/base/1/old")) << jobs;
  }
}

TEST_F(SmartCopy, ComparesInCopyModeToo) {
  put("source/base/1/doubtful", "xxxx", day + 200);
  put("older/base/1/doubtful", "yyyy", day + 200);
  request_.reuse = ReuseMode::copy;
  copy();
  EXPECT_EQ(text("new/base/1/doubtful"), "xxxx");
  EXPECT_EQ(text("older/base/1/doubtful"), "yyyy");
  EXPECT_FALSE(same_inode("new/base/1/old", "older/base/1/old"));
}

// The first attempt makes the links, then the source changes: the second must not write through them.
TEST_F(SmartCopy, RepeatsWithoutTouchingTheOlderBackup) {
  put("source/gone", "x", day);
  request_.retry = {.times = 1, .sleep_seconds = 0};
  int calls = 0;
  runner_.before = [&](std::size_t) -> std::optional<exec::Outcome> {
    if (++calls != 1) return std::nullopt;
    exec::Command first(runner_.calls[0], exec::Limits::within(std::chrono::minutes(1)));
    exec::LocalRunner().run(first);
    put("source/base/1/old", "MORE TEXT", day + 900);
    fs::remove_file(path("source/gone"));
    return exec::Outcome{.status = 12, .out = {}, .err = "connection lost\n"};
  };
  copy();
  EXPECT_EQ(text("new/base/1/old"), "MORE TEXT");
  EXPECT_EQ(text("older/base/1/old"), "same");
  EXPECT_FALSE(fs::exists(path("new/gone")));
}

TEST_F(SmartCopy, DeletesWhatTheSourceDoesNotHaveButProtectedFiles) {
  for (const std::int64_t jobs : {1, 2}) {
    request_.reuse = ReuseMode::none;
    request_.jobs = jobs;
    item_.exclude = {"/skipped"};
    item_.exclude_and_protect = {"/mine[1]"};
    for (const char* name : {"new", "new/stale", "new/mine[1]", "source/mine[1]"}) fs::make_directories(path(name));
    put("new/stale/f", "x", day);
    put("new/skipped", "x", day);
    put("new/mine[1]/f", "mine", day);
    put("source/mine[1]/f", "theirs", day);
    put("source/skipped", "y", day);
    copy();
    EXPECT_FALSE(fs::exists(path("new/stale"))) << jobs;
    EXPECT_FALSE(fs::exists(path("new/skipped"))) << jobs;
    EXPECT_EQ(text("new/mine[1]/f"), "mine") << jobs;
    EXPECT_EQ(text("new/base/1/old"), "same") << jobs;
  }
}

TEST_F(SmartCopy, CopiesAnyNameModeAndDate) {
  for (const std::int64_t jobs : {1, 2}) {
    const std::vector<std::string> names = {"new\nline", "#hash",           ";semicolon", "-dash",
                                            " blank ",   "back\\#012slash", "\303\274ml", "\377bad utf-8"};
    fs::make_directories(path("source/empty"));
    for (const std::string& name : names) {
      put("source/" + name, "src:" + name, day + 200);
      put("older/" + name, "old:" + name, day + 200);
    }
    ASSERT_EQ(::chmod(path("source/#hash").c_str(), 0640), 0);
    request_.jobs = jobs;
    fs::remove_tree(path("new"));
    copy();
    for (const std::string& name : names) EXPECT_EQ(text("new/" + name), "src:" + name) << jobs;
    EXPECT_TRUE(fs::is_directory(path("new/empty")));
    EXPECT_EQ(fs::stat_if_exists(path("new/#hash"))->st_mode & 07777, 0640U);
    EXPECT_EQ(fs::stat_if_exists(path("new/#hash"))->st_mtime, day + 200);
    EXPECT_EQ(fs::stat_if_exists(path("new/base"))->st_mtime, fs::stat_if_exists(path("source/base"))->st_mtime);
  }
}

TEST_F(SmartCopy, DealsFilesOutToSeveralJobs) {
  for (int i = 0; i < 12; ++i) put("source/base/1/f" + std::to_string(i), std::string(5000, 'x'), day);
  request_.jobs = 3;
  request_.reuse = ReuseMode::none;
  const Statistics statistics = copy();
  EXPECT_EQ(statistics.number_of_workers, 3);
  EXPECT_GT(statistics.items[0].analysis, 0);
  EXPECT_EQ(runner_.calls.size(), 5U);  // listing, directories, three buckets
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(fs::exists(path("new/base/1/f" + std::to_string(i))));
}

// With links, the directories and the few other files need one call more.
TEST_F(SmartCopy, LinksWhatIsUnchangedByItself) {
  put("source/base/1/changed", "new text", day + 500);
  put("older/base/1/changed", "old", day);
  put("source/base/1/other_mode", "same", day);
  put("older/base/1/other_mode", "same", day);
  ASSERT_EQ(::chmod(path("source/base/1/other_mode").c_str(), 0640), 0);
  ASSERT_EQ(::chmod(path("source/base").c_str(), 0750), 0);
  fs::make_directories(path("source/empty"));
  request_.jobs = 2;
  request_.worth_a_job = 1'000'000;
  std::string linked_before;
  runner_.before = [&](std::size_t number) -> std::optional<exec::Outcome> {
    if (number == 1 && same_inode("new/base/1/old", "older/base/1/old")) linked_before = "yes";
    return std::nullopt;
  };
  copy();
  EXPECT_EQ(runner_.calls.size(), 2U);
  EXPECT_EQ(linked_before, "yes");
  EXPECT_TRUE(same_inode("new/base/1/old", "older/base/1/old"));
  EXPECT_EQ(text("new/base/1/changed"), "new text");
  EXPECT_EQ(text("older/base/1/changed"), "old");
  EXPECT_EQ(fs::stat_if_exists(path("new/base/1/other_mode"))->st_mode & 07777, 0640U);
  EXPECT_EQ(fs::stat_if_exists(path("older/base/1/other_mode"))->st_mode & 07777, 0600U);
  EXPECT_TRUE(fs::is_directory(path("new/empty")));
  for (const std::string name : {"", "/base", "/base/1", "/empty"}) {
    const auto made = fs::stat_if_exists(path("new" + name)), wanted = fs::stat_if_exists(path("source" + name));
    EXPECT_EQ(made->st_mode, wanted->st_mode) << name;
    EXPECT_EQ(made->st_mtime, wanted->st_mtime) << name;
  }
}

// The listing is repeated: a file that was linked the first time has changed since.
TEST_F(SmartCopy, DoesNotWriteThroughItsOwnLinks) {
  request_.jobs = 2;
  request_.retry = {.times = 1, .sleep_seconds = 0};
  int calls = 0;
  runner_.before = [&](std::size_t) -> std::optional<exec::Outcome> {
    if (++calls != 1) return std::nullopt;
    fs::make_directories(path("new/base/1"));
    EXPECT_EQ(::link(path("older/base/1/old").c_str(), path("new/base/1/old").c_str()), 0);
    put("source/base/1/old", "MORE TEXT", day + 900);
    return exec::Outcome{.status = 12, .out = {}, .err = "connection lost\n"};
  };
  copy();
  EXPECT_EQ(text("new/base/1/old"), "MORE TEXT");
  EXPECT_EQ(text("older/base/1/old"), "same");
}

// Another file system: the listing says that it will be a link.
TEST_F(SmartCopy, LeavesToRsyncWhatCannotBeLinked) {
  const fs::TemporaryDirectory elsewhere("barman-test-", memory_directory());
  fs::make_directories(elsewhere.path() + "/base/1");
  fs::copy_file(path("older/base/1/old"), elsewhere.path() + "/base/1/old");
  item_.reuse_directory = elsewhere.path();
  request_.jobs = 2;
  copy();
  EXPECT_EQ(text("new/base/1/old"), "same");
}

TEST_F(SmartCopy, GivesAwayDirectoriesOfSmallFilesAsAWhole) {
  item_.exclude = {"/skipped/*", "t[0-9]*_[0-9]*"};
  for (const char* name : {"a", "b", "c", "c/inner", "skipped"})
    for (int i = 0; i < 40; ++i) {
      fs::make_directories(path(std::string("source/") + name));
      put(fmt::format("source/{}/{}", name, i), "x", day);
    }
  put("source/a/t1_2", "temporary", day);
  put("source/large", std::string(2'000'000, 'x'), day);
  put("source/large2", std::string(2'000'000, 'x'), day);
  request_.reuse = ReuseMode::none;
  request_.jobs = 2;
  copy();
  for (const char* name : {"a", "b", "c", "c/inner"})
    EXPECT_EQ(fs::list_directory(path(std::string("new/") + name)).size(), name == std::string("c") ? 41U : 40U)
        << name;
  EXPECT_TRUE(fs::list_directory(path("new/skipped")).empty());
  EXPECT_EQ(text("new/large").size(), 2'000'000U);
  std::size_t recursive = 0;
  for (const auto& argv : runner_.calls)
    recursive += std::ranges::find(argv, "--from0") != argv.end() && std::ranges::find(argv, "-rLKpts") != argv.end();
  EXPECT_GE(recursive, 1U);
  for (const std::string name : {"", "/a", "/c", "/c/inner"})
    EXPECT_EQ(fs::stat_if_exists(path("new" + name))->st_mtime, fs::stat_if_exists(path("source" + name))->st_mtime)
        << name;
}

TEST_F(SmartCopy, LeavesToOneJobWhatIsNotWorthMore) {
  fs::make_directories(path("flat"));
  item_.source = path("flat");
  request_.jobs = 2;
  copy();
  EXPECT_TRUE(fs::is_directory(path("new")));
  put("flat/f", "x", day);
  copy();
  EXPECT_EQ(text("new/f"), "x");
  request_.worth_a_job = 1'000'000;
  runner_.calls.clear();
  item_.source = path("source");
  item_.destination = path("new2");
  copy();
  EXPECT_EQ(runner_.calls.size(), 2U);  // listing, copy
  EXPECT_TRUE(same_inode("new2/base/1/old", "older/base/1/old"));
}

TEST_F(SmartCopy, CopiesFlatDirectoriesWithSeveralJobs) {
  fs::make_directories(path("flat"));
  for (const char* name : {"a", "b", "c"}) put(std::string("flat/") + name, name, day);
  item_.source = path("flat");
  request_.jobs = 3;
  request_.reuse = ReuseMode::none;
  copy();
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(text(std::string("new/") + name), name);
  EXPECT_EQ(fs::stat_if_exists(path("new"))->st_mtime, fs::stat_if_exists(path("flat"))->st_mtime);
}

TEST_F(SmartCopy, CopiesTheLastItemLast) {
  Item control;
  control.label = "pg_control";
  control.directory = false;
  control.last = true;
  control.source = path("source/base/1/old");
  control.destination = path("control");
  Item absent = control;
  absent.label = "ident_file";
  absent.source = path("source/absent");
  absent.optional = true;
  absent.last = false;
  request_.items = {control, item_, absent};
  const Statistics statistics = smart_copy(request_, runner_, *host_, progress_);
  EXPECT_EQ(text("control"), "same");
  ASSERT_EQ(runner_.calls.size(), 3U);
  EXPECT_EQ(runner_.calls[2].back(), path("control"));
  EXPECT_THAT(runner_.calls[2], Not(Contains(StartsWith("--link-dest"))));
  EXPECT_EQ(statistics.items[0].label, "pg_control");
  EXPECT_FALSE(statistics.items[0].analysed);
}

TEST_F(SmartCopy, FailsWhereAFileMustBeThere) {
  item_.directory = false;
  item_.source = path("source/absent");
  try {
    copy();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::remote);
    EXPECT_THAT(error.what(), StartsWith("data transfer failure\nrsync error:\nrsync: "));
  }
}

TEST_F(SmartCopy, AcceptsVanishedFilesFromARunningServerOnly) {
  runner_.before = [&](std::size_t) {
    return exec::Outcome{.status = 24, .out = {}, .err = "file has vanished: \"/x\"\n"};
  };
  EXPECT_NO_THROW(copy());
  request_.source_is_remote_end = false;
  EXPECT_THROW(copy(), Error);
}

TEST_F(SmartCopy, IsGivenUpFromAnotherThread) {
  exec::Cancellation cancellation;
  request_.cancellation = &cancellation;
  request_.retry = {.times = 3, .sleep_seconds = 60};
  runner_.before = [&](std::size_t) {
    cancellation.cancel();
    return exec::Outcome{.status = 20, .out = {}, .err = "killed\n", .cancelled = true};
  };
  EXPECT_THROW(copy(), Interrupted);
  EXPECT_EQ(runner_.calls.size(), 1U);
}

}  // namespace
}  // namespace barman::copy
