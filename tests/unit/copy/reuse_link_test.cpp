#include "reuse_link.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "barman/fs/file.h"

namespace barman::copy {
namespace {

class ReuseLink : public testing::Test {
 protected:
  void SetUp() override {
    fs::make_directories(path("older/base/1"));
    put("older/base/1/table", "table");
    put("outside", "outside");
    item_.reuse_directory = path("older");
    item_.destination = path("new");
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    fs::write_all(fs::open_file(path(name), O_WRONLY | O_CREAT | O_EXCL).get(), bytes, name);
  }
  bool link(const std::string& name) { return link_from_reuse_directory(item_, name); }

  fs::TemporaryDirectory directory_{"barman-test-"};
  Item item_;
};

TEST_F(ReuseLink, MakesTheDirectoriesOnTheWay) {
  EXPECT_TRUE(link("base/1/table"));
  const auto made = fs::stat_if_exists(path("new/base/1/table")),
             older = fs::stat_if_exists(path("older/base/1/table"));
  EXPECT_EQ(made->st_ino, older->st_ino);
  EXPECT_EQ(fs::stat_if_exists(path("new/base"))->st_mode & 07777, 0700U);
}

TEST_F(ReuseLink, LeavesWhatIsThere) {
  fs::make_directories(path("new/base/1"));
  put("new/base/1/table", "mine");
  EXPECT_FALSE(link("base/1/table"));
  EXPECT_EQ(fs::read_file(path("new/base/1/table")), "mine");
}

TEST_F(ReuseLink, IsNotMadeOfNothing) { EXPECT_FALSE(link("base/1/missing")); }

TEST_F(ReuseLink, StaysInItsPlace) {
  for (const std::string name : {"../outside", "base/../../outside", "/base/1/table", "..", "base/.."})
    EXPECT_FALSE(link(name)) << name;
  EXPECT_FALSE(fs::exists(path("new"))) << "nothing was made";
  put("older/..x", "a name like any other");
  EXPECT_TRUE(link("..x"));
}

}  // namespace
}  // namespace barman::copy
