#include "retry.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "fakes/transport.h"

namespace barman::store {
namespace {

using http::TransferError;
using std::chrono::milliseconds;

class Retries : public testing::Test {
 protected:
  Retry retry() {
    return Retry({.attempts = 4, .first = milliseconds(100), .longest = milliseconds(10'000), .deadline = deadline_},
                 {[this](milliseconds time) { slept_.push_back(time.count()); }, [] { return 0.0; }});
  }
  Retry::Outcome run() {
    return retry().run([this] { return transport_.send({"GET", "http://store/", {}, {}}, {}); });
  }

  test::FakeTransport transport_;
  std::vector<std::int64_t> slept_;
  Deadline deadline_;
};

TEST_F(Retries, TakeTheFirstAnswerThatIsOne) {
  transport_.answer(503);
  transport_.answer(429);
  transport_.answer(404);
  const auto [response, uncertain] = run();
  EXPECT_EQ(response.status, 404);
  EXPECT_TRUE(uncertain);
  EXPECT_EQ(slept_, (std::vector<std::int64_t>{50, 100}));
}

TEST_F(Retries, EndAfterTheirNumberOfAttempts) {
  for (int i = 0; i < 4; ++i) transport_.answer(500, "sorry");
  EXPECT_EQ(run().response.body, "sorry");
  EXPECT_EQ(slept_, (std::vector<std::int64_t>{50, 100, 200}));
}

TEST_F(Retries, WaitAsLongAsTheStoreAsksForUpToALimit) {
  transport_.answer(503, "", {{"Retry-After", "3"}});
  transport_.answer(503, "", {{"retry-after", "86400"}});
  transport_.answer(503, "", {{"Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"}});
  transport_.answer(200);
  EXPECT_EQ(run().response.status, 200);
  EXPECT_EQ(slept_, (std::vector<std::int64_t>{3000, 10'000, 200}));
}

TEST_F(Retries, RepeatWhatGotNoAnswerAndSayWhetherItMayHaveBeenDone) {
  transport_.fail(TransferError::Kind::unreachable);
  transport_.answer(200);
  EXPECT_FALSE(run().uncertain);
  for (const auto kind : {TransferError::Kind::cut, TransferError::Kind::timeout}) {
    transport_.fail(kind);
    transport_.answer(200);
    EXPECT_TRUE(run().uncertain);
  }
  for (int i = 0; i < 4; ++i) transport_.fail(TransferError::Kind::timeout);
  EXPECT_THROW(run(), TransferError);
}

TEST_F(Retries, DoNotRepeatWhatIsAnAnswerOrAnInterruption) {
  for (const int status : {200, 301, 400, 401, 403, 404, 409, 412, 501}) {
    transport_.answer(status);
    EXPECT_EQ(run().response.status, status);
  }
  transport_.answer([](const http::Request&, const http::Take&) -> http::Response { throw Interrupted("stop"); });
  EXPECT_THROW(run(), Interrupted);
  EXPECT_TRUE(slept_.empty());
}

TEST_F(Retries, EndWhereThereIsNoTimeForAnotherAttempt) {
  const auto in = [](milliseconds time) { return std::chrono::steady_clock::now() + time; };
  deadline_ = in(milliseconds(5000));
  transport_.answer(503, "", {{"Retry-After", "1"}});
  transport_.answer(503, "later", {{"Retry-After", "8"}});
  EXPECT_EQ(run().response.body, "later");
  EXPECT_EQ(slept_, (std::vector<std::int64_t>{1000}));
  deadline_ = in(milliseconds(0));
  transport_.fail(TransferError::Kind::timeout);
  EXPECT_THROW(run(), TransferError);
  EXPECT_EQ(slept_.size(), 1U);
}

TEST_F(Retries, TakeTheirNumberFromTheEnvironment) {
  const std::pair<const char*, int> rows[] = {{"1", 1}, {"7", 7}, {"0", 5}, {"-3", 5}, {"many", 5}, {"100000", 100}};
  for (const auto& [text, attempts] : rows) {
    ::setenv("AWS_MAX_ATTEMPTS", text, 1);
    EXPECT_EQ(aws_retry_policy().attempts, attempts) << text;
  }
  ::unsetenv("AWS_MAX_ATTEMPTS");
  EXPECT_EQ(aws_retry_policy().attempts, 5);
}

}  // namespace
}  // namespace barman::store
