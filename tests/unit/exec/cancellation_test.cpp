#include "barman/exec/cancellation.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "barman/exec/local_runner.h"

namespace barman::exec {
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
