#include "barman/fs/write_behind.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

TEST(WriteBehind, EndsWhileItWaits) {
  const TemporaryDirectory directory("barman-test-");
  const auto begun = std::chrono::steady_clock::now();
  { const WriteBehind behind(directory.path()); }
  WriteBehind behind(directory.path());
  replace_file(directory.path() + "/file", "content");
  behind.finish();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(900));
}

TEST(WriteBehind, WritesMoreThanOnce) {
  const TemporaryDirectory directory("barman-test-");
  WriteBehind behind(directory.path());
  std::this_thread::sleep_for(std::chrono::milliseconds(2200));
  EXPECT_NO_THROW(behind.finish());
}

TEST(WriteBehind, TellsAtTheEndWhatHasFailed) {
  const TemporaryDirectory directory("barman-test-");
  WriteBehind behind(directory.path() + "/not-there");
  EXPECT_THROW(behind.finish(), Error);
}

}  // namespace
}  // namespace barman::fs
