#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archiver_fixture.h"
#include "barman/archiver/archive_wal.h"

namespace barman::archiver {
namespace {

using testing::ElementsAre;

class WaitForWal : public ArchiverFixture {
 protected:
  bool wait(const std::optional<std::string>& wal, std::chrono::seconds timeout) {
    ServerContext context = server();
    return wait_for_wal(context, wal, timeout);
  }
};

TEST_F(WaitForWal, ArchivesUntilItIsThere) {
  put("incoming/" + w1, "x");
  put("incoming/" + w2, "x");
  EXPECT_TRUE(wait(w2, std::chrono::seconds(5)));
  EXPECT_THAT(
      notifier.lines,
      ElementsAre("info: Waiting for the WAL file " + w2 + " from server 'main' (max: 5 seconds)",
                  "info: Processing xlog segments from file archival for main", "info: \t" + w1, "info: \t" + w2));
}

TEST_F(WaitForWal, TakesAnyNewOneWithoutAName) {
  put(hash(w1), "x");
  put("incoming/" + w2, "x");
  EXPECT_TRUE(wait(std::nullopt, std::chrono::seconds(0)));
  EXPECT_EQ(notifier.lines[0], "info: Waiting for a WAL file from server 'main' to be archived");
}

TEST_F(WaitForWal, GivesUpInTheEnd) {
  EXPECT_FALSE(wait(w1, std::chrono::seconds(1)));
  EXPECT_EQ(notifier.lines.back(), "error: The WAL file " + w1 + " has not been received in 1 seconds");
  EXPECT_FALSE(wait(std::nullopt, std::chrono::seconds(1)));
  EXPECT_EQ(notifier.lines.back(), "info: A WAL file has not been received in 1 seconds");
}

}  // namespace
}  // namespace barman::archiver
