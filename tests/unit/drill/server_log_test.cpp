#include "server_log.h"

#include <gtest/gtest.h>

namespace barman::drill {
namespace {

ServerLog log_of(std::initializer_list<const char*> lines) {
  ServerLog log;
  for (const char* line : lines) log.add(line, {});
  return log;
}

TEST(ServerLog, FollowsARecoveryToItsTarget) {
  const ServerLog log = log_of({"LOG:  starting point-in-time recovery to XID 731", "LOG:  redo starts at 0/A00028",
                                "LOG:  consistent recovery state reached at 0/A00138",
                                "LOG:  recovery stopping before commit of transaction 731, time 2026-01-01 10:00:00+00",
                                "LOG:  redo done at 0/B3BF40 system usage: CPU: user: 0.00 s",
                                "LOG:  database system is ready to accept connections"});
  EXPECT_TRUE(log.redo_started && log.consistent && log.redo_done && log.ready);
  EXPECT_EQ(log.redo_start, Lsn{0xA00028});
  EXPECT_EQ(log.redo_end, Lsn{0xB3BF40});
  EXPECT_EQ(log.stop, "before commit of transaction 731, time 2026-01-01 10:00:00+00");
  EXPECT_EQ(log.last_applied(), Lsn{0xB3BF3F}) << "what it stopped before was not applied";
  EXPECT_EQ(log.failure(), "");
}

TEST(ServerLog, CountsWhatRecoveryStoppedBehind) {
  EXPECT_EQ(log_of({"LOG:  recovery stopping after commit of transaction 9, time x", "LOG:  redo done at 0/20"})
                .last_applied(),
            Lsn{0x20});
  EXPECT_EQ(log_of({"LOG:  redo done at 0/20"}).last_applied(), Lsn{0x20});
}

TEST(ServerLog, IsNotReadyWhileItOnlyReads) {
  EXPECT_FALSE(log_of({"LOG:  database system is ready to accept read-only connections"}).ready);
  EXPECT_FALSE(log_of({"LOG:  database system is ready to accept read only connections"}).ready);
}

TEST(ServerLog, TellsTheFirstFailureWithWhatExplainsIt) {
  const ServerLog log =
      log_of({"LOG:  redo starts at 0/A00028", "FATAL:  it does not work", "DETAIL:  really", "HINT:  go away",
              "LOG:  startup process exited", "DETAIL:  of the line before", "FATAL:  another"});
  EXPECT_EQ(log.failure(), "it does not work; really; go away");
}

TEST(ServerLog, NamesTheLibraryThatIsNotThere) {
  const std::vector<std::string> libraries = {"pg_stat", "pg_stat_more", "$libdir/other"};
  EXPECT_EQ(
      log_of({"FATAL:  could not access file \"pg_stat_more\": No such file or directory"}).missing_library(libraries),
      "pg_stat_more");
  EXPECT_EQ(
      log_of({"FATAL:  could not access file \"$libdir/other\": No such file or directory"}).missing_library(libraries),
      "$libdir/other");
  EXPECT_EQ(log_of({"FATAL:  could not load library \"/usr/lib/other.so\": x"}).missing_library(libraries),
            "$libdir/other");
  EXPECT_EQ(log_of({"FATAL:  data directory has wrong ownership"}).missing_library(libraries), std::nullopt);
  EXPECT_EQ(
      log_of({"LOG:  redo starts at 0/28", "FATAL:  could not access file \"pg_stat\": x"}).missing_library(libraries),
      std::nullopt)
      << "recovery has begun";
}

}  // namespace
}  // namespace barman::drill
