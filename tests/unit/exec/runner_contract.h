#pragma once
// What every Runner does, whichever machine it runs commands on. A test program instantiates it for its runners.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/core/unique_fd.h"
#include "barman/exec/command.h"

namespace barman::exec {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct RunnerKind {
  const char* label;
  std::function<std::unique_ptr<Runner>()> make;
  int many;                                             // commands one after the other that do not take too long
  std::chrono::milliseconds silence;                    // longer than it takes to connect
  std::function<void(Runner&)> after = [](Runner&) {};  // looked at when a test has ended
};

class RunnerContract : public testing::TestWithParam<RunnerKind> {
 protected:
  void SetUp() override {
    signals::install();
    runner_ = GetParam().make();
  }
  void TearDown() override {
    GetParam().after(*runner_);
    signals::clear();
  }
  Outcome run(const Command& command) { return runner_->run(command); }

  std::unique_ptr<Runner> runner_;
};

inline Command command_of(std::vector<std::string> argv) {
  Command command(std::move(argv), Limits::within(std::chrono::minutes(1)));
  command.log_output = false;
  return command;
}
inline Command script(const std::string& text) { return command_of({"sh", "-c", text}); }

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

// In memory, to be read from its beginning.
inline UniqueFd unnamed_file(const std::string& content) {
  UniqueFd fd(::memfd_create("barman-test", MFD_CLOEXEC));
  EXPECT_EQ(::pwrite(fd.get(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  return fd;
}
inline std::string content_of(const UniqueFd& fd) {
  std::string content(static_cast<std::size_t>(::lseek(fd.get(), 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(fd.get(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  return content;
}

TEST_P(RunnerContract, StatusAndStreams) {
  for (const int status : {0, 1, 12, 127, 254}) {
    const Outcome outcome = run(script("echo out; echo err >&2; exit " + std::to_string(status)));
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(outcome.out, "out\n");
    EXPECT_EQ(outcome.err, "err\n");
  }
}

TEST_P(RunnerContract, ArgumentsGoThroughUnharmed) {
  const std::vector<std::string> nasty = {"",   " ",  "it's", "\"",   "$HOME", "`id`", "\\", "*",
                                          "-n", "--", "~",    "a\nb", "#x",    "a;b",  "!x", "\xff"};
  std::vector<std::string> argv = {"printf", "%s|"};
  argv.insert(argv.end(), nasty.begin(), nasty.end());
  EXPECT_EQ(run(command_of(argv)).out, join(nasty, "|") + "|");
}

TEST_P(RunnerContract, MuchOnBothStreams) {
  const Outcome outcome = run(script("head -c 5000000 /dev/zero & head -c 3000000 /dev/zero >&2; wait"));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out.size(), 5'000'000U);
  EXPECT_EQ(outcome.err.size(), 3'000'000U);
}

TEST_P(RunnerContract, MuchInput) {
  Command command = command_of({"cat"});
  command.input = std::string(6'000'000, '\0');
  for (std::size_t i = 0; i < command.input->size(); ++i) (*command.input)[i] = static_cast<char>(i * 31 >> 3);
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.out == *command.input);
}

TEST_P(RunnerContract, TheCommandMayCloseItsInputEarly) {
  Command command = script("exec <&-; echo fine; exit 3");
  command.input = std::string(6'000'000, 'x');
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.out, "fine\n");
}

TEST_P(RunnerContract, WithoutInputStdinIsEmpty) { EXPECT_EQ(run(script("cat; echo done")).out, "done\n"); }

TEST_P(RunnerContract, TakesAndGivesDescriptors) {
  const std::string content(200'000, 'i');
  const UniqueFd input = unnamed_file(content), output = unnamed_file({});
  Command command = script("cat; echo note >&2");
  command.input_fd = input.get();
  command.output_fd = output.get();
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "note\n");
  EXPECT_EQ(content_of(output), content);
}

TEST_P(RunnerContract, InputFromAPipeThatIsSlow) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  std::thread writer([&] {
    for (const char* piece : {"one ", "two ", "three"}) {
      std::this_thread::sleep_for(20ms);
      EXPECT_GT(::write(writing.get(), piece, std::char_traits<char>::length(piece)), 0);
    }
    writing.reset();
  });
  Command command = command_of({"cat"});
  command.input_fd = reading.get();
  EXPECT_EQ(run(command).out, "one two three");
  writer.join();
}

TEST_P(RunnerContract, OutputThatNobodyTakes) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd writing(ends[1]);
  ::close(ends[0]);
  Command command = script("head -c 5000000 /dev/zero");
  command.output_fd = writing.get();
  EXPECT_FALSE(run(command).ok());
}

TEST_P(RunnerContract, LinesComeOneByOne) {
  std::vector<std::string> out, err;
  Command command = script("printf 'a\\n\\nlast'; printf 'x\\ny' >&2");
  command.on_output_line = [&](std::string_view line) { out.emplace_back(line); };
  command.on_error_line = [&](std::string_view line) { err.emplace_back(line); };
  const Outcome outcome = run(command);
  EXPECT_EQ(out, (std::vector<std::string>{"a", "", "last"}));
  EXPECT_EQ(err, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "x\ny");
}

TEST_P(RunnerContract, AnExceptionOfACallbackLeavesTheRunnerUsable) {
  Command command = script("echo one; sleep 20");
  command.on_output_line = [](std::string_view) { throw std::runtime_error("enough"); };
  EXPECT_THROW(run(command), std::runtime_error);
  EXPECT_EQ(run(command_of({"echo", "still here"})).out, "still here\n");
}

TEST_P(RunnerContract, Deadline) {
  Command command = script("sleep 30");
  command.limits = Limits::within(600ms);
  const auto start = Clock::now();
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_LT(Clock::now() - start, 10s);
}

TEST_P(RunnerContract, WhoSaysNothingIsGivenUpAndWhoSaysSomethingIsNot) {
  Command silent = script("echo one; sleep 30");
  silent.limits = Limits::unless_silent(GetParam().silence);
  const auto start = Clock::now();
  const Outcome outcome = run(silent);
  EXPECT_TRUE(outcome.timed_out && outcome.inactive);
  EXPECT_EQ(outcome.out, "one\n");
  EXPECT_LT(Clock::now() - start, 25s);
  Command busy = script("for i in 1 2 3 4 5 6 7 8; do printf .; sleep 0.1; done");
  busy.limits = Limits::unless_silent(10s);
  EXPECT_TRUE(run(busy).ok());
}

TEST_P(RunnerContract, AnotherThreadMayCancel) {
  Cancellation cancellation;
  Command command = script("echo ready; exec sleep 30");
  command.cancellation = &cancellation;
  command.on_output_line = [&](std::string_view) { cancellation.cancel(); };
  const auto start = Clock::now();
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.cancelled);
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_LT(Clock::now() - start, 10s);
}

TEST_P(RunnerContract, ASignalOfOurOwnEndsTheCommand) {
  Command command = script("echo ready; exec sleep 30");
  command.own_signals = true;
  command.on_output_line = [](std::string_view) { ::kill(::getpid(), SIGTERM); };
  EXPECT_EQ(run(command).status, 128 + SIGTERM);
}

TEST_P(RunnerContract, AnInterruptedCommandIsAnErrorOtherwise) {
  Command command = script("echo ready; exec sleep 30");
  command.on_output_line = [](std::string_view) { ::kill(::getpid(), SIGINT); };
  EXPECT_THROW(run(command), Interrupted);
}

TEST_P(RunnerContract, ManyCommandsOneAfterTheOther) {
  const std::size_t before = open_descriptors();
  for (int i = 0; i < GetParam().many; ++i)
    EXPECT_EQ(run(command_of({"echo", std::to_string(i)})).out, std::to_string(i) + "\n");
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(RunnerContract, SeveralThreads) {
  std::array<std::string, 6> results;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < results.size(); ++i)
    threads.emplace_back([&, i] { results[i] = run(command_of({"echo", std::to_string(i)})).out; });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i], std::to_string(i) + "\n");
}

inline std::string label_of(const testing::TestParamInfo<RunnerKind>& kind) { return kind.param.label; }

}  // namespace barman::exec
