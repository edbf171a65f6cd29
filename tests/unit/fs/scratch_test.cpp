#include "barman/fs/scratch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Scratch : public testing::Test {
 protected:
  Scratch() {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", parent_.path().c_str(), 1);
  }
  ~Scratch() override { before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1); }
  std::vector<std::string> names() const { return list_directory(parent_.path()); }
  std::string path(const std::string& name) const { return parent_.path() + "/" + name; }
  // By a process that is killed in the middle of its work.
  void abandon_one() const {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const ScratchDirectory directory;
      replace_file(directory.path() + "/names", "x");
      make_directories(directory.path() + "/below");
      [[maybe_unused]] const auto told = ::write(ends[1], "x", 1);
      ::pause();
      ::_exit(1);
    }
    char told = 0;
    ASSERT_EQ(::read(ends[0], &told, 1), 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
  }

 private:
  TemporaryDirectory parent_{"scratch-test-"};
  std::string before_;
};

TEST_F(Scratch, GoesAtTheEndOfTheScope) {
  {
    const ScratchDirectory directory;
    EXPECT_EQ(parent_directory(directory.path()), std::string(std::getenv("TMPDIR")));
    EXPECT_EQ(stat_if_exists(directory.path())->st_mode & 07777, 0700U);
    replace_file(directory.path() + "/names", "x");
    EXPECT_THAT(names(), ElementsAre(testing::MatchesRegex("barman-scratch-[0-9A-Za-z]{6}")));
  }
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(Scratch, OfAKilledProcessIsRemovedAndNoOther) {
  abandon_one();
  EXPECT_EQ(names().size(), 1U);
  const ScratchDirectory mine;
  make_directories(path("barman-scratch-sample1"), 0700);  // seven letters: somebody else's
  make_directories(path("barman-scratch-data"), 0700);
  make_directories(path("barman-scratch-public"), 0755);
  replace_file(path("barman-scratch-aFile0"), "x");
  ASSERT_EQ(::symlink("/", path("barman-scratch-aLink0").c_str()), 0);
  remove_abandoned_scratch(parent_directory(mine.path()));
  EXPECT_THAT(names(),
              UnorderedElementsAre(std::string(base_name(mine.path())), "barman-scratch-sample1", "barman-scratch-data",
                                   "barman-scratch-public", "barman-scratch-aFile0", "barman-scratch-aLink0"));
}

TEST_F(Scratch, WhereNothingCanBeMadeSaysSo) {
  ::setenv("TMPDIR", path("absent").c_str(), 1);
  EXPECT_THROW(ScratchDirectory(), Error);
  EXPECT_THROW(open_nameless_file(), Error);
  remove_abandoned_scratch(path("absent"));
}

TEST_F(Scratch, ANamelessFileLeavesNothing) {
  const UniqueFd file = open_nameless_file();
  write_all(file.get(), "content", "it");
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 7);
  EXPECT_THAT(names(), IsEmpty());
}

}  // namespace
}  // namespace barman::fs
