#include "barman/fs/rsync.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "fakes/runner.h"

namespace barman::fs {
namespace {

// Says what rsync might say.
fakes::FakeRunner::Answer saying(int status, std::string err) {
  return [status, err = std::move(err)](const exec::Command& command) {
    for (const std::string& line : split_lines(err)) command.on_error_line(line);
    return exec::Outcome{status, "", err, false};
  };
}

constexpr const char* vanished =
    "file has vanished: \"/data/base/1/2\"\n"
    "rsync: [sender] link_stat \"/data/base/1/3\" failed: No such file or directory (2)\n"
    "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1338) "
    "[sender=3.2.7]\n";

constexpr std::chrono::seconds patience{60};

TEST(RsyncCommand, IsTheReferences) {
  const auto local = make_local_host(patience);
  const auto remote = make_host("ssh barman@backup", {}, patience);
  RsyncOptions options;
  EXPECT_EQ(rsync_command(options, *local, "/a", "/b").argv,
            (std::vector<std::string>{"rsync", "-rLKpts", "--delete-excluded", "--inplace", "/a", "/b"}));
  options.bandwidth_limit = 500;
  options.network_compression = true;
  options.extra = {"--files-from=-"};
  options.input = "one\n";
  const exec::Command command = rsync_command(options, *remote, "/wals/", remote->rsync_path("/dest/pg_wal/"));
  EXPECT_EQ(command.argv,
            (std::vector<std::string>{"rsync", "-e", "ssh 'barman@backup'", "-z", "-rLKpts", "--delete-excluded",
                                      "--inplace", "--bwlimit=500", "--files-from=-", "/wals/", " :/dest/pg_wal/"}));
  EXPECT_EQ(command.input, "one\n");
  EXPECT_EQ(command.limits.idle(), patience);
  EXPECT_EQ(rsync_call(*local, {}).limits.idle(), patience);
}

struct VanishedCase {
  const char* label;
  const char* text;
  bool want;
};
class OnlyVanishedFiles : public testing::TestWithParam<VanishedCase> {};
TEST_P(OnlyVanishedFiles, Judges) { EXPECT_EQ(only_vanished_files(GetParam().text), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Texts, OnlyVanishedFiles,
    testing::Values(
        VanishedCase{"nothing", "", true}, VanishedCase{"usual", vanished, true},
        VanishedCase{"old_form", "rsync: link_stat \"/x\" failed: No such file or directory (2)\n", true},
        VanishedCase{"any_case", "FILE HAS VANISHED: \"/x\"", true},
        VanishedCase{"mapping", "rsync: read errors mapping \"/x\": No data available (61)", true},
        VanishedCase{"role_mapping", "rsync: [sender] read errors mapping \"/x\": No data available (61)", true},
        VanishedCase{"generator", "rsync error: x (code 23) at main.c(1) [generator=3.1.3]", true},
        VanishedCase{"receiver", "rsync error: x (code 23) at main.c(1) [receiver=3.1.3]", true},
        VanishedCase{"other_code", "rsync error: x (code 12) at main.c(1) [sender=3.1.3]", false},
        VanishedCase{"other_file", "rsync error: x (code 23) at io.c(1) [sender=3.1.3]", false},
        VanishedCase{"other_role", "rsync error: x (code 23) at main.c(1) [Someone=3.1.3]", false},
        VanishedCase{"permission", "rsync: [sender] send_files failed to open \"/x\": Permission denied (13)", false},
        VanishedCase{"link_stat_permission", "rsync: link_stat \"/x\" failed: Permission denied (13)", false},
        VanishedCase{"mapping_other", "rsync: read errors mapping \"/x\": Input/output error (5)", false},
        VanishedCase{"foreign_line", "file has vanished: \"/x\"\nbash: warning\n", false}),
    [](const auto& row) { return std::string(row.param.label); });

struct ExitCase {
  const char* label;
  int status;
  const char* err;
  bool vanished_is_fine;
  bool success;
};
class RunRsync : public testing::TestWithParam<ExitCase> {};
TEST_P(RunRsync, DecidesByExitCodeAndText) {
  const ExitCase& row = GetParam();
  fakes::FakeRunner runner(saying(row.status, row.err));
  exec::Command command({}, exec::Limits::within(std::chrono::minutes(1)));
  std::string seen;
  command.on_error_line = [&](std::string_view line) { seen += std::string(line) + "\n"; };
  if (row.success) {
    EXPECT_EQ(run_rsync(runner, command, row.vanished_is_fine).status, row.status);
  } else {
    try {
      run_rsync(runner, command, row.vanished_is_fine);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::remote);
      EXPECT_TRUE(std::string(error.what()).starts_with("data transfer failure\nrsync error:\n")) << error.what();
    }
  }
  EXPECT_EQ(seen, row.err);
}
INSTANTIATE_TEST_SUITE_P(Codes, RunRsync,
                         testing::Values(ExitCase{"fine", 0, "", false, true},
                                         ExitCase{"vanished_24", 24, vanished, false, true},
                                         ExitCase{"vanished_23", 23, vanished, true, true},
                                         ExitCase{"vanished_23_but_needed", 23, vanished, false, false},
                                         ExitCase{"other_23", 23, "rsync: Permission denied\n", true, false},
                                         ExitCase{"mixed_23", 23, "file has vanished: \"x\"\nelse\n", true, false},
                                         ExitCase{"protocol", 12, "", true, false},
                                         ExitCase{"ssh", 255, "ssh: no route\n", true, false}),
                         [](const auto& row) { return std::string(row.param.label); });

// With the real program: the messages above are what it says.
TEST(RunRsync, RealProgram) {
  const TemporaryDirectory scratch("barman-fs-");
  const std::string from = scratch.path() + "/from", to = scratch.path() + "/to";
  make_directories(from);
  make_directories(to);
  replace_file(from + "/it's a *file*", "x");
  exec::LocalRunner runner;
  RsyncOptions options;
  run_rsync(runner, rsync_command(options, *make_local_host(patience), from + "/", to));
  EXPECT_EQ(read_file(to + "/it's a *file*"), "x");
  options.extra = {"--files-from=-"};
  options.input = "missing\n";
  exec::Command command = rsync_command(options, *make_local_host(patience), from + "/", to);
  command.log_output = false;
  EXPECT_THROW(run_rsync(runner, command), Error);
  EXPECT_EQ(run_rsync(runner, command, true).status, 23);
}

}  // namespace
}  // namespace barman::fs
