#include "barman/exec/local_runner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/core/unique_fd.h"
#include "barman/exec/programs.h"
#include "scratch.h"
#include "unit/exec/runner_contract.h"

namespace barman::exec {
namespace {

Outcome run(const Command& command) { return LocalRunner().run(command); }

// Not one that has ended and that nobody has waited for yet.
bool runs(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string stat(std::istreambuf_iterator<char>(file), {});
  return !stat.empty() && stat.find(") Z") == std::string::npos;
}

Errc failure_of(const Command& command) {
  try {
    run(command);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return Errc::usage;
}

INSTANTIATE_TEST_SUITE_P(Local, RunnerContract,
                         testing::Values(RunnerKind{
                             .label = "here",
                             .make = []() -> std::unique_ptr<Runner> { return std::make_unique<LocalRunner>(); },
                             .many = 50,
                             .silence = 300ms}),
                         label_of);

class LocalRunnerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { signals::install(); }
  void TearDown() override { signals::clear(); }
};

TEST_F(LocalRunnerTest, StatusTellsTheSignalThatKilledIt) {
  EXPECT_EQ(run(script("kill -KILL $$")).status, 128 + SIGKILL);
}

TEST_F(LocalRunnerTest, AnEndlessAnswerIsNotKept) {
  Command command = script("cat /dev/zero");
  command.most_output = 1024 * 1024;
  EXPECT_EQ(failure_of(command), Errc::remote);
  command = script("echo 12345");
  command.most_output = 6;
  EXPECT_EQ(run(command).out, "12345\n");
  command.most_output = 5;
  EXPECT_EQ(failure_of(command), Errc::remote);
  command = script("head -c 50000000 /dev/zero >&2");
  EXPECT_EQ(run(command).err.size(), 16U * 1024U * 1024U) << "of errors the end";
}

// One that is killed cannot end its children: the kernel does.
TEST_F(LocalRunnerTest, AChildEndsWithWhoStartedItUnlessItIsToOutliveUs) {
  const Scratch scratch;
  for (const bool ends : {true, false}) {
    const std::string report = scratch.path("report");
    const pid_t starter = ::fork();
    if (starter == 0) {
      Command command = script("echo $$ >" + report + ".new; mv " + report + ".new " + report + "; sleep 30");
      command.ends_with_us = ends;
      run(command);
      ::_exit(0);
    }
    const auto until = Clock::now() + 20s;
    while (::access(report.c_str(), F_OK) != 0 && Clock::now() < until) std::this_thread::sleep_for(10ms);
    const pid_t child = static_cast<pid_t>(std::stoi(run(script("cat " + report + "; rm " + report)).out));
    ::kill(starter, SIGKILL);
    ::waitpid(starter, nullptr, 0);
    const auto gone_until = Clock::now() + (ends ? 20s : 1s);
    while (runs(child) && Clock::now() < gone_until) std::this_thread::sleep_for(10ms);
    EXPECT_NE(runs(child), ends);
    ::kill(-child, SIGKILL);
  }
}

TEST_F(LocalRunnerTest, OfErrorsGivenLineByLineTheLast64KiBAreKept) {
  std::size_t bytes = 0;
  Command command = script("head -c 300000 /dev/zero | tr '\\0' 'x' | fold -w 99 >&2; echo >&2; echo the end >&2");
  command.on_error_line = [&](std::string_view line) { bytes += line.size(); };
  const Outcome outcome = run(command);
  EXPECT_EQ(bytes, 300'000U + 7);
  EXPECT_EQ(outcome.err.size(), 65'536U);
  EXPECT_TRUE(outcome.err.ends_with("\nthe end\n"));
}

TEST_F(LocalRunnerTest, AnExceptionOfACallbackEndsTheChild) {
  Command command = script("echo $$; exec sleep 20");
  pid_t pid = 0;
  command.on_output_line = [&](std::string_view line) {
    pid = std::stoi(std::string(line));
    throw std::runtime_error("enough");
  };
  EXPECT_THROW(run(command), std::runtime_error);
  ASSERT_GT(pid, 0);
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST_F(LocalRunnerTest, EnvironmentIsAddedToOurs) {
  ::setenv("BARMAN_EXEC_TEST", "ours", 1);
  Command command = script("echo $BARMAN_EXEC_TEST $BARMAN_EXEC_NEW ${HOME:+home}");
  EXPECT_EQ(run(command).out, "ours home\n");
  command.environment = {{"BARMAN_EXEC_TEST", "changed"}, {"BARMAN_EXEC_NEW", "a b"}};
  EXPECT_EQ(run(command).out, "changed a b home\n");
  ::unsetenv("BARMAN_EXEC_TEST");
}

TEST_F(LocalRunnerTest, WorkingDirectory) {
  const Scratch scratch;
  Command command = script("pwd -P");
  command.directory = scratch.path();
  EXPECT_EQ(run(command).out, std::filesystem::canonical(scratch.path()).string() + "\n");
}

TEST_F(LocalRunnerTest, SearchPathComesBeforePath) {
  const Scratch scratch;
  scratch.write("sh", "#!/bin/sh\necho mine\n", 0755);
  scratch.write("no-program", "text", 0644);
  EXPECT_EQ(LocalRunner(scratch.path()).run(script("echo system")).out, "mine\n");
  EXPECT_EQ(find_program("sh", scratch.path()), scratch.path("sh"));
  EXPECT_EQ(find_program("no-program", scratch.path()), std::nullopt);
  Command command({"/bin/sh", "-c", "command -v sh"}, Limits::within(std::chrono::minutes(1)));
  EXPECT_EQ(LocalRunner(scratch.path()).run(command).out, scratch.path("sh") + "\n");
}

TEST_F(LocalRunnerTest, WhatCannotBeStartedIsAnError) {
  const Scratch scratch;
  Command command({"barman-no-such-program"}, Limits::within(std::chrono::minutes(1)));
  EXPECT_EQ(failure_of(command), Errc::not_found);
  command.argv = {scratch.path("missing")};
  EXPECT_EQ(failure_of(command), Errc::not_found);
  command.argv = {scratch.write("text", "no program", 0644)};
  EXPECT_EQ(failure_of(command), Errc::io);
  command = script("true");
  command.directory = scratch.path("missing");
  EXPECT_EQ(failure_of(command), Errc::not_found);
}

TEST_F(LocalRunnerTest, NamesAProgramMissingFromPathAsTheReferenceDoes) {
  Command command({"barman-no-such-program"}, Limits::within(std::chrono::minutes(1)));
  try {
    run(command);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "barman-no-such-program not in PATH");
    EXPECT_NE(error.hint(), "");
  }
}

TEST_F(LocalRunnerTest, DescriptorsNeitherLeakNorAreInherited) {
  const UniqueFd inherited(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC
  const std::size_t before = open_descriptors();
  // The fourth is the directory that ls reads.
  EXPECT_EQ(run(script("ls /proc/self/fd | wc -l")).out, "4\n");
  Command command = script("cat");
  command.input = "x";
  for (int i = 0; i < 10; ++i) run(command);
  command.argv = {"barman-no-such-program"};
  EXPECT_EQ(failure_of(command), Errc::not_found);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(LocalRunnerTest, DeadlineEndsTheWholeGroup) {
  Command command = script("sleep 30 & echo $!; wait");
  command.limits = Limits::within(50ms);
  const auto start = Clock::now();
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_LT(Clock::now() - start, 3s);
  EXPECT_NE(describe(command, outcome).find("0.05 seconds"), std::string::npos);
}

TEST_F(LocalRunnerTest, WhoDoesNothingIsEnded) {
  Command command = script("exec sleep 30");
  command.limits = Limits::unless_idle(50ms);
  const auto start = Clock::now();
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_TRUE(outcome.inactive);
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_LT(Clock::now() - start, 3s);
  EXPECT_EQ(describe(command, outcome), "nothing moved for 0.05 seconds (hang_timeout)");
}

TEST_F(LocalRunnerTest, WhoReadsOrWritesIsNot) {
  // Nothing of it is to be seen in its output.
  Command command = script("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do read -r line </etc/passwd; sleep 0.05; done");
  command.limits = Limits::unless_idle(300ms);
  const Outcome outcome = run(command);
  EXPECT_FALSE(outcome.timed_out);
}

TEST_F(LocalRunnerTest, WhoSaysNothingIsEnded) {
  Command command = script("echo beginning; while :; do read -r line </etc/passwd; done");
  command.limits = Limits::unless_silent(200ms);
  const auto start = Clock::now();
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_EQ(outcome.out, "beginning\n");
  EXPECT_LT(Clock::now() - start, 5s);
  EXPECT_EQ(describe(command, outcome), "nothing moved for 0.2 seconds (hang_timeout)");
}

TEST_F(LocalRunnerTest, WhoSaysSomethingNowAndThenIsNot) {
  Command command = script("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf . >&2; sleep 0.1; done");
  command.limits = Limits::unless_silent(1s);
  EXPECT_FALSE(run(command).timed_out);
}

TEST_F(LocalRunnerTest, WhoIgnoresTheDeadlineIsKilled) {
  Command command = script("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  command.limits = Limits::within(50ms);
  const Outcome outcome = LocalRunner({}, {50ms, 50ms}).run(command);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_EQ(outcome.status, 128 + SIGKILL);
}

TEST_F(LocalRunnerTest, DoesNotWaitForProcessesLeftBehind) {
  const auto start = Clock::now();
  const Outcome outcome = run(script("sleep 4 & echo started"));
  EXPECT_EQ(outcome.out, "started\n");
  EXPECT_LT(Clock::now() - start, 3s);
}

TEST_F(LocalRunnerTest, PassesASignalOnAndReturnsWhenAsked) {
  Command command = script("trap 'echo stopping; exit 7' INT; echo ready; while :; do sleep 0.01; done");
  command.own_signals = true;
  std::string out;
  command.on_output_line = [&](std::string_view line) {
    out += std::string(line) + ";";
    if (line == "ready") ::kill(::getpid(), SIGINT);
  };
  EXPECT_EQ(run(command).status, 7);
  EXPECT_EQ(out, "ready;stopping;");
}

TEST_F(LocalRunnerTest, AnInterruptedCommandIsAnErrorOtherwise) {
  Command command = script("echo ready; exec sleep 20");
  command.on_output_line = [](std::string_view) { ::kill(::getpid(), SIGTERM); };
  EXPECT_THROW(run(command), Interrupted);
  EXPECT_THROW(run(script("true")), Interrupted) << "nothing is started any more";
}

TEST_F(LocalRunnerTest, DetachedChildHasItsOwnSession) {
  const Scratch scratch;
  const std::string report = scratch.path("report");
  const pid_t pid =
      start_detached({"sh", "-c", "ps -o sid= -p $$ > " + report + "; readlink /proc/$$/fd/0 >> " + report}, false);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  std::string text = scratch.read("report");
  text.erase(0, text.find_first_not_of(' '));
  EXPECT_EQ(text, std::to_string(pid) + "\n/dev/null\n");
}

TEST_F(LocalRunnerTest, KnowsItsOwnExecutable) {
  EXPECT_EQ(std::filesystem::path(own_executable()).filename(), "unit_exec");
}

// On a terminal of its own: a child that asks there must not be stopped for good.
TEST_F(LocalRunnerTest, ChildMayAskAtTheTerminal) {
  int master = -1;
  const pid_t pid = ::forkpty(&master, nullptr, nullptr, nullptr);
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    Command command = script("read answer < /dev/tty; test \"$answer\" = secret");
    command.limits = Limits::within(10s);
    const Outcome outcome = run(command);
    ::_exit(outcome.ok() && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp() ? 0 : 1);
  }
  const UniqueFd owner(master);
  ASSERT_EQ(::write(master, "secret\n", 7), 7);
  int status = -1;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(LocalRunner, GivesTheChildAThirdDescriptorAndNoOther) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  UniqueFd reading(ends[0]);
  ASSERT_EQ(::write(ends[1], "secret\n", 7), 7);
  ::close(ends[1]);
  Command command({"sh", "-c", "cat <&3; ls /proc/self/fd | wc -l"}, Limits::within(std::chrono::seconds(10)));
  command.third_fd = reading.get();
  EXPECT_EQ(run(command).out, "secret\n5\n") << "0 to 3, and the directory";
  command.argv.back() = "ls /proc/self/fd | wc -l";
  command.third_fd = -1;
  EXPECT_EQ(run(command).out, "4\n");
}

}  // namespace
}  // namespace barman::exec
