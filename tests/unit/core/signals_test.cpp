#include "barman/core/signals.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "barman/core/error.h"

namespace barman::signals {
namespace {

class Signals : public testing::Test {
 protected:
  Signals() {
    install();
    clear();
  }
  ~Signals() override { clear(); }
  static bool readable() {
    pollfd wake = {wake_fd(), POLLIN, 0};
    return ::poll(&wake, 1, 0) == 1;
  }
};

TEST_F(Signals, NothingIsPendingAtFirst) {
  EXPECT_EQ(pending(), 0);
  EXPECT_FALSE(readable());
  EXPECT_NO_THROW(throw_if_pending());
}

TEST_F(Signals, AreRememberedUntilCleared) {
  for (const int number : {SIGINT, SIGTERM}) {
    ::raise(number);
    EXPECT_EQ(pending(), number);
    EXPECT_TRUE(readable());
    clear();
    EXPECT_EQ(pending(), 0);
    EXPECT_FALSE(readable());
  }
}

TEST_F(Signals, BecomeAnError) {
  ::raise(SIGINT);
  try {
    throw_if_pending();
    FAIL() << "nothing was thrown";
  } catch (const Interrupted& error) {
    EXPECT_STREQ(error.what(), "Process interrupted by user (KeyboardInterrupt)");
  }
}

TEST_F(Signals, WaitForTheEndOfADeferral) {
  ::raise(SIGTERM);
  {
    const Deferral deferral;
    EXPECT_EQ(pending(), 0);
    EXPECT_TRUE(sleep_ms(1));
  }
  EXPECT_EQ(pending(), SIGTERM);
  EXPECT_FALSE(sleep_ms(60'000));
}

TEST_F(Signals, CutASleepShort) {
  EXPECT_TRUE(sleep_ms(1));
  const auto begin = std::chrono::steady_clock::now();
  std::thread other([] { ::kill(::getpid(), SIGTERM); });
  EXPECT_FALSE(sleep_ms(60'000));
  other.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST_F(Signals, AClosedPipeIsOnlyAnError) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  ::close(fds[0]);
  EXPECT_EQ(::write(fds[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  ::close(fds[1]);
}

}  // namespace
}  // namespace barman::signals
