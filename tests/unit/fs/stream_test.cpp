#include "barman/fs/stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

class ReadStream : public testing::Test {
 protected:
  void SetUp() override {
    signals::install();
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    from_ = UniqueFd(ends[0]);
    to_ = UniqueFd(ends[1]);
  }
  void TearDown() override { signals::clear(); }
  std::string read() {
    std::array<char, 8> buffer{};
    return {buffer.data(), read_stream(from_.get(), buffer, "a pipe")};
  }

  UniqueFd from_, to_;
};

TEST_F(ReadStream, GivesWhatThereIsUpToTheEnd) {
  write_all(to_.get(), "one", "a pipe");
  EXPECT_EQ(read(), "one");
  to_.reset();
  EXPECT_EQ(read(), "");
}

TEST_F(ReadStream, ASignalEndsTheWait) {
  std::thread sender([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    ::kill(::getpid(), SIGTERM);
  });
  EXPECT_THROW(read(), Interrupted);
  sender.join();
}

TEST_F(ReadStream, ASignalThatCameBeforeEndsItToo) {
  write_all(to_.get(), "one", "a pipe");
  ::raise(SIGINT);
  EXPECT_THROW(read(), Interrupted);
}

TEST_F(ReadStream, NamesWhatCannotBeRead) {
  std::array<char, 8> buffer{};
  const UniqueFd directory = open_file("/", O_RDONLY | O_DIRECTORY);
  EXPECT_THROW(read_stream(directory.get(), buffer, "a directory"), Error);
}

}  // namespace
}  // namespace barman::fs
