#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "memory_directory.h"

namespace barman::fs {
namespace {

class DirectoryTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return scratch_.path() + "/" + name; }
  void touch(const std::string& name) const { open_file(path(name), O_WRONLY | O_CREAT); }
  TemporaryDirectory scratch_{"barman-fs-", memory_directory()};
};

TEST_F(DirectoryTest, ListsInByteOrderWithDotFiles) {
  for (const char* name : {"b", "a", "B", ".hidden", "a b", "\xff", "new\nline", "-n", "*"}) touch(name);
  EXPECT_EQ(list_directory(scratch_.path()),
            (std::vector<std::string>{"*", "-n", ".hidden", "B", "a", "a b", "b", "new\nline", "\xff"}));
}

TEST_F(DirectoryTest, AsStoredGivesTheSameNamesUnsorted) {
  for (const char* name : {"b", "a", ".hidden"}) touch(name);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(scratch_.path()))
    names.push_back(entry.path().filename());
  EXPECT_EQ(list_directory_as_stored(scratch_.path()), names);
  EXPECT_EQ(names.size(), 3U);
  EXPECT_THROW(list_directory_as_stored(path("x")), Error);
}

TEST_F(DirectoryTest, AMissingDirectoryIsEmptyOnlyWhereThatIsSaid) {
  EXPECT_TRUE(list_directory_if_exists(path("x")).empty());
  EXPECT_THROW(list_directory(path("x")), Error);
  touch("file");
  EXPECT_THROW(list_directory_if_exists(path("file")), Error);
}

TEST_F(DirectoryTest, HoldsTenThousandEntries) {
  for (int i = 0; i < 10'000; ++i) touch("f" + std::to_string(i));
  const std::vector<std::string> names = list_directory(scratch_.path());
  EXPECT_EQ(names.size(), 10'000U);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  std::size_t visited = 0;
  walk(scratch_.path(), [&](const Entry&) { ++visited; });
  EXPECT_EQ(visited, 10'000U);
  remove_tree(scratch_.path());
  EXPECT_FALSE(exists(scratch_.path()));
}

TEST_F(DirectoryTest, WalksDepthFirstWithoutFollowingLinks) {
  make_directories(path("d/sub"));
  touch("d/sub/x");
  touch("d/z");
  touch("e");
  make_symlink(".", path("d/loop"));
  std::vector<std::string> seen;
  walk(scratch_.path(), [&](const Entry& entry) {
    EXPECT_EQ(entry.path, scratch_.path() + "/" + entry.relative);
    seen.push_back(entry.relative + (S_ISDIR(entry.info.st_mode) ? "/" : S_ISLNK(entry.info.st_mode) ? "@" : ""));
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"d/", "d/loop@", "d/sub/", "d/sub/x", "d/z", "e"}));
}

TEST_F(DirectoryTest, WalkToleratesWhatVanishesMeanwhile) {
  make_directories(path("a"));
  make_directories(path("b/c"));
  std::vector<std::string> seen;
  walk(scratch_.path(), [&](const Entry& entry) {
    seen.push_back(entry.relative);
    remove_tree(path("a"));
    remove_tree(path("b/c"));
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b"}));
  EXPECT_THROW(walk(path("missing"), [](const Entry&) {}), Error);
}

TEST_F(DirectoryTest, RemovesATreeButNotWhatLinksLeadTo) {
  make_directories(path("keep"));
  touch("keep/file");
  make_directories(path("tree/a/b/c"));
  touch("tree/a/file");
  make_symlink("../keep", path("tree/link"));
  make_symlink("missing", path("tree/dangling"));
  ::chmod(path("tree/a/file").c_str(), 0);
  remove_tree(path("tree"));
  EXPECT_FALSE(lstat_if_exists(path("tree")));
  EXPECT_TRUE(exists(path("keep/file")));
  make_symlink("keep", path("link"));
  remove_tree(path("link/"));
  EXPECT_FALSE(lstat_if_exists(path("link")));
  EXPECT_TRUE(exists(path("keep/file")));
}

TEST_F(DirectoryTest, RemovingNothingIsFine) {
  remove_tree(path("missing"));
  remove_tree(path("missing/below"));
  touch("file");
  remove_tree(path("file"));
  EXPECT_FALSE(exists(path("file")));
}

TEST_F(DirectoryTest, NamesWhatCannotBeRemoved) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may remove everything";
  make_directories(path("tree/locked"));
  touch("tree/locked/file");
  ::chmod(path("tree/locked").c_str(), 0555);
  try {
    remove_tree(path("tree"));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(path("tree/locked/file")), std::string::npos) << error.what();
  }
  ::chmod(path("tree/locked").c_str(), 0755);
}

TEST(TemporaryDirectoryTest, IsPrivateAndGoesWithItsContent) {
  std::string path;
  {
    const TemporaryDirectory directory("barman-fs-");
    path = directory.path();
    EXPECT_EQ(stat_if_exists(path)->st_mode & 07777, 0700U);
    make_directories(path + "/a/b");
    const TemporaryDirectory inside("x-", path);
    EXPECT_EQ(parent_directory(inside.path()), path);
  }
  EXPECT_FALSE(exists(path));
}

TEST_F(DirectoryTest, RealPathFollowsLinksAndKeepsMissingParts) {
  const std::string root = real_path(scratch_.path());
  make_directories(path("d/e"));
  make_symlink("d", path("link"));
  make_symlink("missing/target", path("dangling"));
  make_symlink("loop", path("loop"));
  for (const auto& [text, want] : std::vector<std::pair<std::string, std::string>>{{"d/e", "d/e"},
                                                                                   {"link/e", "d/e"},
                                                                                   {"link/../d//./e/", "d/e"},
                                                                                   {"link/none/x", "d/none/x"},
                                                                                   {"none/../d", "d"},
                                                                                   {"dangling", "missing/target"},
                                                                                   {"loop", "loop"},
                                                                                   {"loop/x", "loop/x"}})
    EXPECT_EQ(real_path(path(text)), root + "/" + want) << text;
  EXPECT_EQ(real_path("/"), "/");
  EXPECT_EQ(real_path("/../.."), "/");
  EXPECT_TRUE(real_path("x").ends_with("/x"));
}

TEST(ExpandHome, ReplacesOnlyALeadingTilde) {
  const std::string before = ::getenv("HOME") != nullptr ? ::getenv("HOME") : "";
  ::setenv("HOME", "/home/me/", 1);
  EXPECT_EQ(expand_home("~"), "/home/me");
  EXPECT_EQ(expand_home("~/x"), "/home/me/x");
  EXPECT_EQ(expand_home("/a/~"), "/a/~");
  EXPECT_EQ(expand_home("~root/x"), "/root/x");
  EXPECT_EQ(expand_home("~barman-no-such-user/x"), "~barman-no-such-user/x");
  EXPECT_EQ(expand_home(""), "");
  ::setenv("HOME", before.c_str(), 1);
}

}  // namespace
}  // namespace barman::fs
