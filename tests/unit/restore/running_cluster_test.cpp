#include "running_cluster.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "fakes/notifier.h"

namespace barman::restore {
namespace {

TEST(PostmasterOf, IsTheFirstLinesNumber) {
  EXPECT_EQ(postmaster_of("4711\n/data\n1795245995\n5432\n"), 4711);
  EXPECT_EQ(postmaster_of("-4711\n/data\n"), 4711);
  for (const char* text : {"", "\n", "x\n", "0\n", "47 11\n", "99999999999999999999\n"})
    EXPECT_FALSE(postmaster_of(text)) << text;
}

TEST(ServerProcess, IsTheOneThatServes) {
  using Kind = ServerProcess::Kind;
  EXPECT_FALSE(parse_server_process(""));
  EXPECT_EQ(parse_server_process("serves 5 0\n"), (ServerProcess{Kind::serves, 5, 0}));
  EXPECT_EQ(parse_server_process("other 5 0\n"), (ServerProcess{Kind::other, 5, 0}));
  EXPECT_EQ(parse_server_process("other 5 0\nserves 7 2\n"), (ServerProcess{Kind::serves, 7, 2}));
  EXPECT_THROW(parse_server_process("Welcome to this host\n"), Error);
}

// A process called postgres that does nothing but be in its data directory, as a server is.
class RunningCluster : public testing::Test {
 protected:
  RunningCluster() {
    fs::make_directories(data + "/pg_tblspc");
    fs::make_directories(other + "/pg_tblspc");
    fs::make_directories(space);
    fs::replace_file(scratch.path() + "/postgres", fs::read_file("/bin/sleep"), 0755);
  }
  ~RunningCluster() override {
    if (child > 0) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }
  void start(const std::string& program, const std::string& directory) {
    child = ::fork();
    if (child == 0) {
      if (::chdir(directory.c_str()) == 0) ::execl(program.c_str(), program.c_str(), "60", nullptr);
      ::_exit(127);
    }
    ASSERT_GT(child, 0);
    const std::string file = fmt::format("/proc/{}/comm", child), name(base_name(program));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (trim(fs::read_file(file)) != name && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  void start_server(const std::string& directory) { start(scratch.path() + "/postgres", directory); }
  void write_pid(std::int64_t pid) { fs::replace_file(data + "/postmaster.pid", fmt::format("{}\n{}\n", pid, data)); }
  std::string refusal() {
    try {
      refuse_running_cluster(data, {{"fast", 16386, space}}, *host, warnings);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }
  std::string in_destination() const {
    return fmt::format(
        "The restore operation cannot proceed because a PostgreSQL server is running in the destination folder '{}' "
        "(process {}).",
        data, child);
  }

  fs::TemporaryDirectory scratch{"barman-restore-"};
  std::string data = scratch.path() + "/data", other = scratch.path() + "/other", space = scratch.path() + "/a space";
  std::unique_ptr<fs::Host> host = fs::make_local_host(std::chrono::seconds(60));
  fakes::RecordingNotifier warnings;
  pid_t child = -1;
};

TEST_F(RunningCluster, NoneIsFine) {
  EXPECT_EQ(refusal(), "");
  fs::remove_tree(data);
  EXPECT_EQ(refusal(), "");
  EXPECT_TRUE(warnings.warnings.empty());
}

TEST_F(RunningCluster, OfTheDestinationIsRefused) {
  start_server(data);
  write_pid(child);
  EXPECT_EQ(refusal(), in_destination());
}

TEST_F(RunningCluster, IsFoundWithoutItsFile) {
  start_server(data);
  EXPECT_EQ(refusal(), in_destination());
}

TEST_F(RunningCluster, ThatOwnsATablespaceIsRefused) {
  ASSERT_EQ(::symlink(space.c_str(), (other + "/pg_tblspc/16386").c_str()), 0);
  start_server(other);
  EXPECT_EQ(refusal(),
            fmt::format("The restore operation cannot proceed because a PostgreSQL server is running on '{}', the "
                        "destination path for the tablespace 'fast' (process {}).",
                        space, child));
}

TEST_F(RunningCluster, OfAnotherDirectoryIsNone) {
  start_server(other);
  write_pid(child);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(
      warnings.warnings,
      std::vector<std::string>{fmt::format(
          "Ignoring '{}/postmaster.pid': process {} is not a PostgreSQL server of this directory.", data, child)});
}

TEST_F(RunningCluster, ByAnotherNameIsRefused) {
  start("/bin/sleep", data);
  EXPECT_EQ(refusal(), "");
  write_pid(child);
  EXPECT_EQ(refusal(), in_destination());
}

TEST_F(RunningCluster, AnotherProgramOfThatNumberIsNone) {
  start("/bin/sleep", other);
  write_pid(child);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(warnings.warnings.size(), 1U);
}

TEST_F(RunningCluster, AStaleFileIsNoObstacle) {
  start("/bin/true", data);
  ::waitpid(child, nullptr, 0);
  write_pid(child);
  child = -1;
  EXPECT_EQ(refusal(), "");
  EXPECT_TRUE(warnings.warnings.empty());
}

}  // namespace
}  // namespace barman::restore
