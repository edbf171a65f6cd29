#include "barman/exec/retry.h"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/signals.h"

namespace barman::exec {
namespace {

struct Record {
  int attempts = 0;
  std::vector<std::pair<int, std::string>> retries;
};

// Fails `failures` times, then succeeds.
Record run(int times, int failures, Errc code = Errc::remote) {
  Record record;
  const auto attempt = [&] {
    if (record.attempts++ < failures) throw Error(code, "failure " + std::to_string(record.attempts));
  };
  with_retry({times, 0}, attempt, [&](int n, const std::string& text) { record.retries.emplace_back(n, text); });
  return record;
}

TEST(Retry, SuccessNeedsNoSecondAttempt) {
  const Record record = run(3, 0);
  EXPECT_EQ(record.attempts, 1);
  EXPECT_TRUE(record.retries.empty());
}

TEST(Retry, NumbersAttemptsFromZero) {
  const Record record = run(3, 2);
  EXPECT_EQ(record.attempts, 3);
  EXPECT_EQ(record.retries, (std::vector<std::pair<int, std::string>>{{0, "failure 1"}, {1, "failure 2"}}));
}

TEST(Retry, LastFailureIsThrown) {
  try {
    run(2, 9);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "failure 3");
  }
  EXPECT_THROW(run(0, 1), Error);
}

TEST(Retry, AnInterruptionIsFinal) {
  int attempts = 0;
  const auto attempt = [&] {
    ++attempts;
    throw Interrupted("stop");
  };
  EXPECT_THROW(with_retry({5, 0}, attempt, [](int, const std::string&) { FAIL(); }), Interrupted);
  EXPECT_EQ(attempts, 1);
}

TEST(Retry, ASignalEndsThePause) {
  signals::install();
  const auto attempt = [] { throw Error(Errc::remote, "failure"); };
  const auto on_retry = [](int, const std::string&) { ::raise(SIGTERM); };
  EXPECT_THROW(with_retry({5, 60}, attempt, on_retry), Interrupted);
  signals::clear();
}

TEST(Retry, OtherExceptionsPass) {
  int attempts = 0;
  const auto attempt = [&] {
    ++attempts;
    throw std::logic_error("bug");
  };
  EXPECT_THROW(with_retry({5, 0}, attempt, [](int, const std::string&) {}), std::logic_error);
  EXPECT_EQ(attempts, 1);
}

}  // namespace
}  // namespace barman::exec
