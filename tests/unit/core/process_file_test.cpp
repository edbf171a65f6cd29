#include "barman/core/process_file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace barman {
namespace {

TEST(ProcessFile, IsReadWhole) {
  EXPECT_EQ(read_process_file(::getpid(), "comm"), "unit_core\n");
  EXPECT_TRUE(read_process_file(::getpid(), "status").ends_with('\n'));
}

TEST(ProcessFile, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(read_process_file(0, "comm"), "");
  EXPECT_EQ(read_process_file(::getpid(), "nothing"), "");
}

// What can be opened may be gone when it is read.
TEST(ProcessFile, IsEmptyOfAProcessThatEndsMeanwhile) {
  for (int i = 0; i < 200; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ASSERT_GT(child, 0);
    std::jthread reaper([child] { ::waitpid(child, nullptr, 0); });
    while (!read_process_file(child, "io").empty()) continue;
    reaper.join();
    EXPECT_EQ(read_process_file(child, "io"), "");
  }
}

}  // namespace
}  // namespace barman
