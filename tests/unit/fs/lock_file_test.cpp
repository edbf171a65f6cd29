#include "barman/fs/lock_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "memory_directory.h"

namespace barman::fs {
namespace {

class LockFileTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return scratch_.path() + "/" + name; }
  TemporaryDirectory scratch_{"barman-fs-", memory_directory()};
};

// Another process that holds a lock with the `flock` program until it is destroyed.
class ForeignLock {
 public:
  explicit ForeignLock(const std::string& path) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ready[1], STDOUT_FILENO);
      ::execlp("flock", "flock", "--no-fork", path.c_str(), "sh", "-c", "echo; exec sleep 60", nullptr);
      ::_exit(127);
    }
    ::close(ready[1]);
    char byte = 0;
    if (::read(ready[0], &byte, 1) != 1) throw std::runtime_error("flock did not start");
    ::close(ready[0]);
  }
  ~ForeignLock() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

TEST_F(LockFileTest, HoldsOurPidAndStaysBehind) {
  {
    const auto lock = LockFile::try_acquire(path("l"));
    ASSERT_TRUE(lock);
    EXPECT_EQ(lock->path(), path("l"));
    EXPECT_EQ(read_file(path("l")), std::to_string(::getpid()) + "\n");
    EXPECT_EQ(stat_if_exists(path("l"))->st_mode & 07777, 0600U);
    EXPECT_FALSE(LockFile::try_acquire(path("l")));
  }
  EXPECT_TRUE(exists(path("l")));
  EXPECT_TRUE(LockFile::try_acquire(path("l")));
}

TEST_F(LockFileTest, IsWaitedForUntilADeadlineOnly) {
  using Clock = std::chrono::steady_clock;
  const auto acquire = [&](Deadline deadline) {
    try {
      const LockFile lock = LockFile::acquire(path("l"), deadline);
      return std::string("acquired");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::timeout);
      return std::string(error.what());
    }
  };
  EXPECT_EQ(acquire(Clock::now() - std::chrono::seconds(1)), "acquired");  // one that is free is not given up
  const auto held = LockFile::try_acquire(path("l"));
  const auto begun = Clock::now();
  EXPECT_THAT(acquire(begun - std::chrono::seconds(1)), testing::HasSubstr("'" + path("l") + "', which is held by "));
  EXPECT_LT(Clock::now() - begun, std::chrono::seconds(1));
  EXPECT_NE(acquire(begun + std::chrono::milliseconds(100)), "acquired");
  EXPECT_GE(Clock::now() - begun, std::chrono::milliseconds(100));
}

TEST_F(LockFileTest, ALongerOldPidIsCutOff) {
  replace_file(path("l"), "12345678901234567890\n");
  const auto lock = LockFile::try_acquire(path("l"));
  EXPECT_EQ(read_file(path("l")), std::to_string(::getpid()) + "\n");
}

TEST_F(LockFileTest, MovesWithoutBeingReleased) {
  auto first = LockFile::try_acquire(path("l"));
  {
    const LockFile second = std::move(*first);
    first.reset();
    EXPECT_FALSE(LockFile::try_acquire(path("l")));
  }
  EXPECT_TRUE(LockFile::try_acquire(path("l")));
}

// As one that another thread has just started, and that has not got to its program yet.
TEST_F(LockFileTest, IsReleasedWhileAChildHasACopyOfItsDescriptor) {
  std::optional<LockFile> lock = LockFile::try_acquire(path("lock"));
  ASSERT_TRUE(lock);
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  lock.reset();
  EXPECT_TRUE(LockFile::try_acquire(path("lock")));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_F(LockFileTest, RemovesItsFileWhenAsked) {
  {
    auto lock = LockFile::try_acquire(path("l"));
    lock->remove_on_release();
  }
  EXPECT_FALSE(exists(path("l")));
}

TEST_F(LockFileTest, RemovesOnlyItsOwnFile) {
  {
    auto lock = LockFile::try_acquire(path("l"));
    lock->remove_on_release();
    replace_file(path("l"), "somebody else's");
  }
  EXPECT_EQ(read_file(path("l")), "somebody else's");
}

TEST_F(LockFileTest, WorksWithTheFlockProgram) {
  const ForeignLock foreign(path("l"));
  EXPECT_FALSE(LockFile::try_acquire(path("l")));
  EXPECT_EQ(lock_state(path("l")).holder, foreign.pid());
  const auto mine = LockFile::try_acquire(path("mine"));
  exec::Command command({"flock", "--nonblock", path("mine"), "true"}, exec::Limits::within(std::chrono::minutes(1)));
  EXPECT_EQ(exec::LocalRunner().run(command).status, 1);
}

TEST_F(LockFileTest, ASharedFileIsHeldUnderBothNames) {
  const std::string first = path("l"), second = path("l2");
  const auto held = LockFile::try_acquire(first);
  {
    const auto shared = LockFile::try_share(*held, second);
    ASSERT_TRUE(shared);
    EXPECT_FALSE(LockFile::try_acquire(second));
    EXPECT_FALSE(LockFile::try_share(*held, second));
    remove_free_lock(second);
    EXPECT_TRUE(exists(second));
  }
  EXPECT_FALSE(exists(second));
  EXPECT_FALSE(LockFile::try_acquire(first)) << "still held under its first name";
}

TEST_F(LockFileTest, ASecondNameThatAKilledProcessLeftIsNoLock) {
  const std::string first = path("l"), second = path("l2");
  LockFile::try_acquire(first);
  const auto leave = [&] { ASSERT_EQ(::link(first.c_str(), second.c_str()), 0); };
  leave();
  {
    const auto both = std::pair(LockFile::try_acquire(first), LockFile::try_acquire(second));
    EXPECT_TRUE(both.first && both.second) << "either gets a file of its own";
  }
  remove_file(second);
  leave();
  const auto other = LockFile::try_acquire(second);
  EXPECT_TRUE(other && LockFile::try_acquire(first));
}

TEST_F(LockFileTest, OnlyASecondNameOfTheHeldFileIsRemovedAsStale) {
  const std::string first = path("l"), second = path("l2");
  const auto held = LockFile::try_acquire(first);
  ASSERT_EQ(::link(first.c_str(), second.c_str()), 0);
  held->remove_stale_share(first);
  held->remove_stale_share(second);
  EXPECT_TRUE(exists(first));
  EXPECT_FALSE(exists(second));
  LockFile::try_acquire(second);
  held->remove_stale_share(second);
  EXPECT_TRUE(exists(second));
}

TEST_F(LockFileTest, WaitsForTheHolder) {
  std::optional<LockFile> held = LockFile::try_acquire(path("l"));
  std::thread releaser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    held.reset();
  });
  const LockFile lock = LockFile::acquire(path("l"));
  releaser.join();
  EXPECT_FALSE(LockFile::try_acquire(path("l")));
}

TEST_F(LockFileTest, ASignalEndsTheWaiting) {
  signals::install();
  const auto held = LockFile::try_acquire(path("l"));
  ::raise(SIGTERM);
  EXPECT_THROW(LockFile::acquire(path("l")), Interrupted);
  signals::clear();
}

TEST_F(LockFileTest, NamesADirectoryThatIsMissing) {
  try {
    LockFile::try_acquire(path("missing/l"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(path("missing/l")), std::string::npos);
  }
}

TEST_F(LockFileTest, PermissionDeniedIsSaidAsTheReferenceDoes) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may open everything";
  replace_file(path("l"), "", 0400);
  ::chmod(path("l").c_str(), 0);
  try {
    LockFile::try_acquire(path("l"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "Permission denied, unable to access '" + path("l") + "'");
  }
}

TEST(LockDirectoryTest, NamesAreTheReferences) {
  const LockDirectory locks("/l", "pg-1");
  EXPECT_EQ(locks.backup(), "/l/.pg-1-backup.lock");
  EXPECT_EQ(locks.backup_id("20261121T072640"), "/l/.pg-1-20261121T072640.lock");
  EXPECT_EQ(locks.cron(), "/l/.pg-1-cron.lock");
  EXPECT_EQ(locks.archive_wal(), "/l/.pg-1-archive-wal.lock");
  EXPECT_EQ(locks.receive_wal(), "/l/.pg-1-receive-wal.lock");
  EXPECT_EQ(locks.xlogdb(), "/l/.pg-1-xlogdb.lock");
  EXPECT_EQ(locks.sync_backup("20261121T072640"), "/l/.pg-1-20261121T072640-sync-backup.lock");
  EXPECT_EQ(locks.sync_wal(), "/l/.pg-1-sync-wal.lock");
  EXPECT_EQ(config_update_lock("/l"), "/l/.config-update.lock");
}

TEST_F(LockFileTest, HolderIsFoundOnlyWhileTheLockIsHeld) {
  EXPECT_EQ(lock_state(path("l")).held, false);
  {
    const auto lock = LockFile::try_acquire(path("l"));
    EXPECT_EQ(lock_state(path("l")).holder, ::getpid());
  }
  EXPECT_EQ(lock_state(path("l")).held, false) << "the file and our pid in it are still there";
}

TEST_F(LockFileTest, AskingDoesNotTakeTheLock) {
  const auto lock = LockFile::try_acquire(path("l"));
  const UniqueFd watcher = open_file(path("l"), O_RDONLY);
  EXPECT_EQ(lock_state(path("l")).holder, ::getpid());
  EXPECT_FALSE(LockFile::try_acquire(path("l")));
}

// As if the holder had another pid namespace: it has written its own number, which is somebody else's here.
TEST_F(LockFileTest, AProcessThatDoesNotHoldTheLockIsNotItsHolder) {
  const ForeignLock foreign(path(".a-cron.lock"));
  replace_file(path("pid"), std::to_string(::getppid()) + "\n");
  {
    const UniqueFd fd = open_file(path(".a-cron.lock"), O_WRONLY);
    write_all(fd.get(), std::to_string(::getppid()) + "\n", "pid");
  }
  EXPECT_EQ(lock_state(path(".a-cron.lock")).holder, foreign.pid());
  const LockState free = lock_state(path("pid"));
  EXPECT_FALSE(free.held) << "whoever is named lives, and holds nothing";
  EXPECT_EQ(free.holder, std::nullopt);
}

TEST_F(LockFileTest, SaysWhoHoldsIt) {
  EXPECT_EQ(describe_holder(path("l")), "nobody any more");
  const ForeignLock foreign(path("l"));
  EXPECT_THAT(describe_holder(path("l")),
              testing::MatchesRegex("process " + std::to_string(foreign.pid()) +
                                    " \\((flock .*|sh .*|sleep 60)\\), running for .*second.*"));
  ::kill(foreign.pid(), SIGSTOP);
  ::waitpid(foreign.pid(), nullptr, WUNTRACED);
  EXPECT_THAT(describe_holder(path("l")), testing::HasSubstr(", which is stopped"));
}

TEST_F(LockFileTest, SaysWhoHoldsItWhileItWaits) {
  std::vector<std::string> told;
  report_waits_to([&](const std::string& text) { told.push_back(text); });
  std::optional<LockFile> held = LockFile::try_acquire(path("l"));
  std::thread releaser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(3500));
    held.reset();
  });
  const LockFile lock = LockFile::acquire(path("l"));
  releaser.join();
  report_waits_to({});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told.front(), testing::StartsWith("waiting for the lock '" + path("l") + "', which is held by process " +
                                                std::to_string(::getpid())));
}

TEST_F(LockFileTest, WhatIsNoFileIsRefusedWithoutWaiting) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  make_symlink("/dev/zero", path("device"));
  make_directories(path("directory"));
  const auto refusal = [&](const std::string& name) -> std::string {
    try {
      LockFile::try_acquire(path(name));
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal("pipe"), "cannot read '" + path("pipe") + "': it is a named pipe, not a regular file");
  EXPECT_EQ(refusal("device"), "cannot read '" + path("device") + "': it is a device, not a regular file");
  EXPECT_EQ(refusal("directory"), "cannot open lock file '" + path("directory") + "': Is a directory");
  EXPECT_THROW(lock_state(path("pipe")), Error);
}

TEST_F(LockFileTest, AHeldLockKeepsItsFile) {
  {
    const auto held = LockFile::try_acquire(path("l"));
    remove_free_lock(path("l"));
    EXPECT_FALSE(LockFile::try_acquire(path("l"))) << "a second file would be free";
  }
  remove_free_lock(path("l"));
  EXPECT_FALSE(exists(path("l")));
  remove_free_lock(path("l"));
}

TEST_F(LockFileTest, CleaningUpLeavesWhatIsNoLockFile) {
  ASSERT_EQ(::mkfifo(path(".a.lock").c_str(), 0600), 0);
  replace_file(path(".b.lock"), "");
  remove_free_locks(scratch_.path());
  EXPECT_EQ(list_directory(scratch_.path()), std::vector<std::string>{".a.lock"});
}

TEST_F(LockFileTest, TasksAreThoseOfExactlyThatServer) {
  const LockDirectory a(scratch_.path(), "a"), ab(scratch_.path(), "a-b");
  const std::string id = "20261121T072640";
  std::vector<LockFile> held;
  for (const std::string& name : {a.receive_wal(), a.cron(), a.sync_backup(id), a.backup_id(id), a.xlogdb(),
                                  ab.backup(), ab.cron(), ab.sync_backup(id)})
    held.push_back(std::move(*LockFile::try_acquire(name)));
  LockFile::try_acquire(a.backup());  // free again
  const auto names = [](const std::vector<RunningTask>& tasks) {
    std::vector<std::string> result;
    for (const RunningTask& task : tasks) {
      EXPECT_EQ(task.pid, ::getpid());
      result.push_back(task.task);
    }
    std::sort(result.begin(), result.end());
    return result;
  };
  EXPECT_EQ(names(running_tasks(a, "a")), (std::vector<std::string>{"cron", "receive-wal", "sync-backup"}));
  EXPECT_EQ(names(running_tasks(ab, "a-b")), (std::vector<std::string>{"backup", "cron", "sync-backup"}));
  EXPECT_TRUE(running_tasks(LockDirectory(path("missing"), "a"), "a").empty());
}

TEST_F(LockFileTest, CleaningUpRemovesFreeLocksOnly) {
  const auto held = LockFile::try_acquire(path(".a-cron.lock"));
  replace_file(path(".a-backup.lock"), "1\n");
  replace_file(path(".cron.lock"), "");
  replace_file(path("a.lock"), "not hidden");
  replace_file(path(".a.locked"), "other end");
  remove_free_locks(scratch_.path());
  EXPECT_EQ(list_directory(scratch_.path()), (std::vector<std::string>{".a-cron.lock", ".a.locked", "a.lock"}));
}

// Somebody cleans up in a loop while others take and release the same lock: never two holders.
TEST_F(LockFileTest, CleaningUpNeverMakesTwoHolders) {
  const std::string lock_path = path(".a-cron.lock");
  std::atomic<int> holders{0};
  std::atomic<bool> stop{false}, twice{false};
  const auto worker = [&] {
    for (int i = 0; i < 300; ++i) {
      const auto lock = LockFile::try_acquire(lock_path);
      if (!lock) continue;
      if (holders.fetch_add(1) != 0) twice = true;
      std::this_thread::yield();
      holders.fetch_sub(1);
    }
  };
  std::thread cleaner([&] {
    while (!stop) remove_free_locks(scratch_.path());
  });
  std::thread one(worker), two(worker);
  one.join();
  two.join();
  stop = true;
  cleaner.join();
  EXPECT_FALSE(twice);
}

}  // namespace
}  // namespace barman::fs
