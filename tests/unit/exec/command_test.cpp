#include "barman/exec/command.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "fakes/runner.h"

namespace barman::exec {

namespace {

Outcome outcome(int status, std::string err, bool timed_out = false) {
  return {status, "out", std::move(err), timed_out};
}

TEST(Describe, PrefersTheChildsOwnWords) {
  const Command command({}, Limits::within(std::chrono::milliseconds(1500)));
  EXPECT_EQ(describe(command, outcome(1, "  no such thing\n")), "no such thing");
  EXPECT_EQ(describe(command, outcome(12, "")), "exit status 12");
  EXPECT_EQ(describe(command, outcome(137, "\n")), "killed by signal 9 (SIGKILL)");
  EXPECT_EQ(describe(command, outcome(137, "half\n")), "half\nkilled by signal 9 (SIGKILL)");
  EXPECT_EQ(describe(command, outcome(255, "")), "exit status 255");
  EXPECT_EQ(describe(command, outcome(143, "", true)), "no answer within 1.5 seconds");
  EXPECT_EQ(describe(command, outcome(143, "half", true)), "no answer within 1.5 seconds: half");
}

TEST(ToLog, IsAPythonListWithoutPasswords) {
  EXPECT_EQ(to_log({}), "[]");
  EXPECT_EQ(to_log({"rsync", "-e", "ssh 'a'", "it"}), "['rsync', '-e', \"ssh 'a'\", 'it']");
  EXPECT_EQ(to_log({"psql", "--dbname=host=a password=secret"}).find("secret"), std::string::npos);
}

TEST(RunChecked, ThrowsWithTheCauseAndAMatchingCode) {
  const auto code_of = [](Outcome result, bool remote) {
    fakes::FakeRunner runner(std::move(result));
    runner.remote = remote;
    try {
      run_checked(runner, Command({}, Limits::within(std::chrono::seconds(1))), "copying");
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).substr(0, 9), "copying: ");
      return error.code();
    }
    return Errc::usage;
  };
  EXPECT_EQ(code_of(outcome(1, "x"), false), Errc::io);
  EXPECT_EQ(code_of(outcome(1, "x"), true), Errc::remote);
  EXPECT_EQ(code_of(outcome(1, "x", true), true), Errc::timeout);
  fakes::FakeRunner runner(outcome(0, "ignored"));
  EXPECT_EQ(run_checked(runner, Command({}, Limits::within(std::chrono::seconds(1))), "copying").out, "out");
}

}  // namespace

namespace {

using namespace std::chrono_literals;

Command sleeping(const Cancellation& cancellation) {
  Command command({"sleep", "60"}, Limits::within(std::chrono::minutes(1)));
  command.cancellation = &cancellation;
  return command;
}

TEST(Cancellation, EndsAChildThatAnotherThreadWaitsFor) {
  Cancellation cancellation;
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    cancellation.cancel();
  });
  const Outcome outcome = LocalRunner().run(sleeping(cancellation));
  other.join();
  EXPECT_TRUE(outcome.cancelled);
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
}

TEST(Cancellation, EndsAChildThatStartsLater) {
  Cancellation cancellation;
  cancellation.cancel();
  cancellation.cancel();
  EXPECT_TRUE(LocalRunner().run(sleeping(cancellation)).cancelled);
}

TEST(Cancellation, KillsAChildThatDoesNotListen) {
  Cancellation cancellation;
  Command command({"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"},
                  Limits::within(std::chrono::minutes(1)));
  command.cancellation = &cancellation;
  command.on_output_line = [&](std::string_view) { cancellation.cancel(); };
  const Patience patience{.after_deadline = 50ms, .after_signal = 50ms};
  const Outcome outcome = LocalRunner({}, patience).run(command);
  EXPECT_TRUE(outcome.cancelled);
  EXPECT_EQ(outcome.status, 128 + SIGKILL);
}

}  // namespace

}  // namespace barman::exec
