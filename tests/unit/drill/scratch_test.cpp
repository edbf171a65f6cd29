#include "scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::drill {
namespace {

class ScratchDirectory : public testing::Test {
 protected:
  std::vector<std::string> entries() const { return fs::list_directory(directory_.path()); }
  fs::TemporaryDirectory directory_{"drill"};
};

TEST_F(ScratchDirectory, IsPrivateAndGoes) {
  {
    const Scratch scratch(directory_.path());
    struct ::stat info {};
    ASSERT_EQ(::stat(scratch.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U);
    fs::make_directories(scratch.data());
    fs::replace_file(scratch.data() + "/file", "x");
    remove_abandoned(directory_.path());
    EXPECT_TRUE(fs::exists(scratch.data() + "/file")) << "it is in use";
  }
  EXPECT_THAT(entries(), testing::IsEmpty());
}

TEST_F(ScratchDirectory, StaysWhenItIsKept) {
  {
    Scratch scratch(directory_.path());
    scratch.keep();
  }
  remove_abandoned(directory_.path());
  EXPECT_EQ(entries().size(), 1U);
}

TEST_F(ScratchDirectory, OfAKilledDrillIsRemoved) {
  const std::string left = directory_.path() + "/drill-abcdef", other = directory_.path() + "/drill-of-somebody";
  fs::make_directories(left + "/data/base");
  fs::make_directories(other + "/data");
  fs::replace_file(left + "/lock", "4711");
  fs::replace_file(other + "/lock", "4711");
  fs::make_directories(directory_.path() + "/drill-ghijkl");
  remove_abandoned(directory_.path());
  EXPECT_THAT(entries(), testing::ElementsAre("drill-of-somebody"));
}

TEST_F(ScratchDirectory, MustHaveRoomForASocketsPath) {
  try {
    const Scratch scratch(directory_.path() + "/" + std::string(80, 'x'));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.hint(), testing::HasSubstr("set drill_directory to one of at most"));
  }
}

}  // namespace
}  // namespace barman::drill
