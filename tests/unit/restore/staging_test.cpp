#include "staging.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::restore {
namespace {

class Staging : public testing::Test {
 protected:
  fs::TemporaryDirectory directory_{"staging-test-"};
  std::unique_ptr<fs::Host> host_ = fs::make_local_host(std::chrono::seconds(60));
};

TEST_F(Staging, IsPrivateAndRemovedAtTheEnd) {
  const std::string parent = directory_.path() + "/new";
  {
    const StagingDirectory area(parent, "owner", *host_);
    struct ::stat info {};
    ASSERT_EQ(::stat(area.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0700U);
    const auto name = parse_area_name(area.path().substr(parent.size() + 1));
    ASSERT_TRUE(name);
    EXPECT_EQ(name->owner, "owner");
    EXPECT_EQ(name->pid, ::getpid());
    fs::make_directories(area.path() + "/unpacked/id");
    remove_abandoned_areas(parent, "owner", *host_);
    EXPECT_TRUE(fs::exists(area.path())) << "its process lives";
  }
  EXPECT_EQ(fs::list_directory(parent), std::vector<std::string>());
}

TEST_F(Staging, RemovesWhatKilledProcessesOfItsOwnerLeft) {
  const std::string& parent = directory_.path();
  const std::vector<std::string> others = {
      "barman-restore-other-1.1-abcdefghij",
      "barman-restore-owner",
      "barman-restore-owner-1.1-a-b",
      "barman-restore-owner-x.1-abcdefghij",
      "something",
  };
  for (const std::string& name : others) fs::make_directories(parent + '/' + name);
  // Of a process that is gone, and of one whose number another one has by now.
  fs::make_directories(parent + "/barman-restore-owner-99999999.5-abcdefghij/unpacked");
  fs::make_directories(parent + "/barman-restore-owner-" + std::to_string(::getpid()) + ".5-abcdefghij");
  remove_abandoned_areas(parent, "owner", *host_);
  EXPECT_EQ(fs::list_directory(parent), others);
  EXPECT_NO_THROW(remove_abandoned_areas(parent + "/missing", "owner", *host_));
}

TEST_F(Staging, KnowsTheFileSystemOfAPathThatIsToBe) {
  const auto facts = file_systems_of({directory_.path(), directory_.path() + "/a/b c", "/proc/self"}, *host_);
  ASSERT_EQ(facts.size(), 3U);
  ASSERT_TRUE(facts[0] && facts[1] && facts[2]);
  EXPECT_EQ(facts[0]->device, facts[1]->device);
  EXPECT_NE(facts[0]->device, facts[2]->device);
  EXPECT_GT(facts[0]->free_bytes, 0);
}

}  // namespace
}  // namespace barman::restore
