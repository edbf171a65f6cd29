#include "destination.h"

#include <gtest/gtest.h>

#include <thread>

#include "program.h"
#include "support.h"

namespace barman::clients {
namespace {

class DestinationTest : public testing::Test {
 protected:
  static int refused(const std::string& path, std::string& message) {
    try {
      Destination destination(path);
    } catch (const Failure& failure) {
      message = failure.what();
      return failure.status();
    }
    return 0;
  }
  std::vector<std::string> names() const { return fs::list_directory(directory_.path()); }

  fs::TemporaryDirectory directory_{"destination-test-"};
  std::string path_ = directory_.path() + "/RECOVERYXLOG";
};

TEST_F(DestinationTest, IsEmptyUntilTheContentIsWhole) {
  write_file(path_, "of an earlier run");
  ::chmod(path_.c_str(), 0640);
  Destination destination(path_);
  {
    fs::FileReplacement content(destination.staging_path(), destination.mode());
    content.write("whole");
    EXPECT_EQ(fs::read_file(path_), "");
    destination.publish(content);
  }
  EXPECT_EQ(fs::read_file(path_), "whole");
  EXPECT_EQ(fs::stat_if_exists(path_)->st_mode & 0777U, 0640U);
  EXPECT_EQ(names(), std::vector<std::string>{"RECOVERYXLOG"});
}

TEST_F(DestinationTest, StaysEmptyAfterAFailure) {
  {
    Destination destination(path_);
    fs::FileReplacement content(destination.staging_path(), destination.mode());
    content.write("half");
  }
  EXPECT_EQ(fs::read_file(path_), "");
  EXPECT_EQ(names(), std::vector<std::string>{"RECOVERYXLOG"});
}

TEST_F(DestinationTest, FollowsASymbolicLink) {
  const std::string real = directory_.path() + "/real";
  write_file(real, "");
  ASSERT_EQ(::symlink("real", path_.c_str()), 0);
  Destination destination(path_);
  fs::FileReplacement content(destination.staging_path(), destination.mode());
  content.write("whole");
  destination.publish(content);
  EXPECT_EQ(fs::read_file(real), "whole");
  EXPECT_TRUE(S_ISLNK(fs::lstat_if_exists(path_)->st_mode));
}

TEST_F(DestinationTest, CanBeAPipe) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] {
    const UniqueFd fd(::open(path_.c_str(), O_RDONLY));
    got = read_descriptor(fd.get());
  });
  {
    Destination destination(path_);
    fs::FileReplacement content(destination.staging_path(), destination.mode());
    content.write("whole");
    destination.publish(content);
  }
  reader.join();
  EXPECT_EQ(got, "whole");
  EXPECT_TRUE(S_ISFIFO(fs::lstat_if_exists(path_)->st_mode));
}

TEST_F(DestinationTest, TakesAFile) {
  const std::string spooled = directory_.path() + "/spooled";
  write_file(spooled, "whole");
  Destination(path_).move_from(spooled);
  EXPECT_EQ(fs::read_file(path_), "whole");
  EXPECT_FALSE(fs::exists(spooled));
}

TEST_F(DestinationTest, CannotBeADirectoryNorInNone) {
  std::string message;
  EXPECT_EQ(refused(directory_.path(), message), 3);
  EXPECT_EQ(message, "WAL_DEST cannot be a directory: " + directory_.path());
  EXPECT_EQ(refused("/nonexistent/x", message), 3);
  EXPECT_EQ(
      message,
      "Cannot open '/nonexistent/x' (WAL_DEST) for writing: [Errno 2] No such file or directory: '/nonexistent/x'");
}

TEST_F(DestinationTest, RemovesWhatKilledRunsLeft) {
  write_file(directory_.path() + "/.RECOVERYXLOG.0123456789abcdef.tmp", "x");
  write_file(directory_.path() + "/.OTHER.0123456789abcdef.tmp", "x");
  { Destination destination(path_); }
  EXPECT_EQ(names(), (std::vector<std::string>{".OTHER.0123456789abcdef.tmp", "RECOVERYXLOG"}));
}

}  // namespace
}  // namespace barman::clients
