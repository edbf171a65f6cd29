#include "barman/fs/write_behind.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

TEST(WriteBehind, DoesNotWaitForItsPause) {  // else this takes an hour
  const TemporaryDirectory directory("barman-test-");
  { const WriteBehind behind(directory.path(), std::chrono::hours(1)); }
  WriteBehind behind(directory.path(), std::chrono::hours(1));
  replace_file(directory.path() + "/file", "content");
  behind.finish();
}

TEST(WriteBehind, SyncsUntilItIsFinished) {
  const TemporaryDirectory directory("barman-test-");
  WriteBehind behind(directory.path(), std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_NO_THROW(behind.finish());
}

TEST(WriteBehind, NeedsADirectory) {
  const TemporaryDirectory directory("barman-test-");
  EXPECT_THROW(WriteBehind(directory.path() + "/not-there"), Error);
}

}  // namespace
}  // namespace barman::fs
