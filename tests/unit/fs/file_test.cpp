#include "barman/fs/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "barman/core/error.h"
#include "file_size_limit.h"

namespace barman::fs {
namespace {

class FileTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return scratch_.path() + "/" + name; }
  TemporaryDirectory scratch_{"barman-fs-"};
};

TEST_F(FileTest, ReplaceWritesAndLeavesNothingBeside) {
  replace_file(path("a"), "one");
  EXPECT_EQ(read_file(path("a")), "one");
  replace_file(path("a"), "");
  EXPECT_EQ(read_file(path("a")), "");
  EXPECT_EQ(list_directory(scratch_.path()), std::vector<std::string>{"a"});
}

TEST_F(FileTest, ReplaceGivesTheModeLessTheUmask) {
  const mode_t before = ::umask(027);
  replace_file(path("a"), "x");
  replace_file(path("b"), "x", 0600);
  ::umask(before);
  EXPECT_EQ(stat_if_exists(path("a"))->st_mode & 07777, 0640U);
  EXPECT_EQ(stat_if_exists(path("b"))->st_mode & 07777, 0600U);
}

TEST_F(FileTest, AFailedWriteLeavesTheOldContent) {
  replace_file(path("a"), "old content");
  {
    const FileSizeLimit limit(1000);
    EXPECT_THROW(replace_file(path("a"), std::string(100'000, 'x')), Error);
  }
  EXPECT_EQ(read_file(path("a")), "old content");
  EXPECT_EQ(list_directory(scratch_.path()), std::vector<std::string>{"a"});
}

TEST_F(FileTest, AFailedRenameLeavesTheOldContent) {
  make_directories(path("target/inside"));
  EXPECT_THROW(replace_file(path("target"), "x"), Error);
  EXPECT_EQ(list_directory(path("target")), std::vector<std::string>{"inside"});
  EXPECT_EQ(list_directory(scratch_.path()), std::vector<std::string>{"target"});
}

TEST_F(FileTest, AReadOnlyDirectoryLeavesTheOldContent) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  make_directories(path("d"));
  replace_file(path("d/a"), "old");
  ::chmod(path("d").c_str(), 0555);
  EXPECT_THROW(replace_file(path("d/a"), "new"), Error);
  EXPECT_EQ(read_file(path("d/a")), "old");
  EXPECT_EQ(list_directory(path("d")), std::vector<std::string>{"a"});
  ::chmod(path("d").c_str(), 0755);
}

TEST_F(FileTest, ReplacementInPiecesVanishesUnlessCommitted) {
  replace_file(path("a"), "old");
  {
    FileReplacement replacement(path("a"));
    replacement.write("ne");
    // Barman's globs (`*-backup.info`, `*`) and *.tmp rule must not see it.
    const std::vector<std::string> names = list_directory(scratch_.path());
    ASSERT_EQ(names.size(), 2U);
    EXPECT_TRUE(names[0].starts_with(".a.") && names[0].ends_with(".tmp")) << names[0];
  }
  EXPECT_EQ(read_file(path("a")), "old");
  FileReplacement replacement(path("a"));
  replacement.write("ne");
  replacement.write("w");
  replacement.commit();
  EXPECT_EQ(read_file(path("a")), "new");
  EXPECT_EQ(list_directory(scratch_.path()).size(), 1U);
}

TEST_F(FileTest, TemporaryNamesDifferAndFitLongNames) {
  const std::string name(255, 'n');
  const FileReplacement one(path(name)), two(path(name));
  EXPECT_NE(one.temporary_path(), two.temporary_path());
  replace_file(path(name), "x");
  EXPECT_EQ(read_file(path(name)), "x");
}

TEST_F(FileTest, ReplacementRemovesWhatKilledOnesLeft) {
  for (const char* name : {".a.0123456789abcdef.tmp", ".b.0123456789abcdef.tmp", ".a.0123456789abcdeg.tmp",
                           "a.0123456789abcdef.tmp", ".a.0123456789abcdef"})
    ::close(::open(path(name).c_str(), O_WRONLY | O_CREAT, 0600));
  replace_file(path("a"), "new");
  EXPECT_EQ(list_directory(scratch_.path()),
            (std::vector<std::string>{".a.0123456789abcdef", ".a.0123456789abcdeg.tmp", ".b.0123456789abcdef.tmp", "a",
                                      "a.0123456789abcdef.tmp"}));
  remove_abandoned_replacements(scratch_.path(), [](std::string_view name) { return name == "b"; });
  EXPECT_FALSE(exists(path(".b.0123456789abcdef.tmp")));
}

TEST_F(FileTest, ReplacementsAtTheSameTimeSpareEachOther) {
  FileReplacement one(path("a"));
  one.write("one");
  FileReplacement two(path("a"));
  two.write("two");
  remove_abandoned_replacements(path("a"));
  one.commit();
  EXPECT_EQ(read_file(path("a")), "one");
  two.commit();
  EXPECT_EQ(read_file(path("a")), "two");
  EXPECT_EQ(list_directory(scratch_.path()), std::vector<std::string>{"a"});
}

TEST_F(FileTest, RemovesDurablyWithWhatWasToReplaceIt) {
  replace_file(path("a"), "x");
  ::close(::open(path(".a.0123456789abcdef.tmp").c_str(), O_WRONLY | O_CREAT, 0600));
  remove_durably(path("a"));
  EXPECT_TRUE(list_directory(scratch_.path()).empty());
  remove_durably(path("a"));
}

TEST_F(FileTest, ReplacesThroughARelativeName) {
  const std::string before = real_path(".");
  ASSERT_EQ(::chdir(scratch_.path().c_str()), 0);
  replace_file("relative", "x");
  EXPECT_EQ(read_file("relative"), "x");
  ASSERT_EQ(::chdir(before.c_str()), 0);
}

TEST_F(FileTest, ReadsWhatHasNoSizeAndWhatIsLarge) {
  EXPECT_NE(read_file("/proc/self/status").find("Pid:"), std::string::npos);
  const std::string large(3'000'000, 'y');
  replace_file(path("large"), large);
  EXPECT_EQ(read_file(path("large")), large);
}

TEST_F(FileTest, MissingFilesAreNulloptOrNamedInTheError) {
  EXPECT_EQ(read_file_if_exists(path("x")), std::nullopt);
  EXPECT_FALSE(open_if_exists(path("x"), O_RDONLY));
  EXPECT_FALSE(stat_if_exists(path("x")));
  replace_file(path("file"), "");
  EXPECT_FALSE(stat_if_exists(path("file/below")));
  EXPECT_FALSE(exists(path("file/below")));
  EXPECT_FALSE(remove_file(path("x")));
  EXPECT_TRUE(remove_file(path("file")));
  try {
    read_file(path("x"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::io);
    EXPECT_NE(std::string(error.what()).find("'" + path("x") + "': No such file or directory"), std::string::npos)
        << error.what();
  }
}

TEST_F(FileTest, TellsKindsApart) {
  make_directories(path("d"));
  replace_file(path("f"), "");
  make_symlink("d", path("to_d"));
  make_symlink("missing", path("dangling"));
  EXPECT_TRUE(is_directory(path("d")) && is_directory(path("to_d")));
  EXPECT_TRUE(is_regular_file(path("f")));
  EXPECT_FALSE(is_directory(path("f")) || is_regular_file(path("d")) || exists(path("dangling")));
  EXPECT_TRUE(lstat_if_exists(path("dangling")));
}

TEST(ParentDirectory, IsAboveTheLastPart) {
  for (const auto& [text, want] : std::vector<std::pair<std::string, std::string>>{
           {"/a/b", "/a"}, {"/a", "/"}, {"/", "/"}, {"a", "."}, {"a/b", "a"}, {"a//b//", "a"}, {"/a/", "/"}, {"", "."}})
    EXPECT_EQ(parent_directory(text), want) << text;
}

TEST(MtimeSeconds, IsPythonsDouble) {
  struct ::stat info {};
  info.st_mtim = {1'795'000'000, 123'456'789};
  EXPECT_EQ(mtime_seconds(info), 1795000000 + 1e-9 * 123456789);
}

TEST_F(FileTest, MakesDirectoriesLikeMkdirP) {
  make_directories(path("a/b/c"), 0700);
  make_directories(path("a/b/c"));
  make_directories(path("a/b/c/"));
  EXPECT_TRUE(is_directory(path("a/b/c")));
  replace_file(path("file"), "");
  EXPECT_THROW(make_directories(path("file")), Error);
  EXPECT_THROW(make_directories(path("file/below")), Error);
}

TEST_F(FileTest, CopiesBytesTimesAndMode) {
  const std::string bytes(200'000, 'z');
  replace_file(path("from"), bytes);
  ::chmod(path("from").c_str(), 0640);
  const timespec times[2] = {{1'000, 1}, {2'000, 123'456'789}};
  ::utimensat(AT_FDCWD, path("from").c_str(), times, 0);
  copy_file(path("from"), path("to"));
  EXPECT_EQ(read_file(path("to")), bytes);
  const auto info = stat_if_exists(path("to"));
  EXPECT_EQ(info->st_mode & 07777, 0640U);
  EXPECT_EQ(info->st_mtim.tv_sec, 2'000);
  EXPECT_EQ(info->st_mtim.tv_nsec, 123'456'789);
  EXPECT_THROW(copy_file(path("from"), path("to")), Error) << "the target must not exist";
  EXPECT_EQ(read_file(path("to")), bytes);
}

TEST_F(FileTest, CopiesWhatTheKernelCannotCopyByItself) {
  copy_file("/proc/version", path("version"));
  EXPECT_EQ(read_file(path("version")), read_file("/proc/version"));
}

TEST_F(FileTest, AFailedCopyLeavesNoFile) {
  replace_file(path("from"), std::string(100'000, 'x'));
  {
    const FileSizeLimit limit(1000);
    EXPECT_THROW(copy_file(path("from"), path("to")), Error);
  }
  EXPECT_FALSE(exists(path("to")));
}

TEST_F(FileTest, RenameNamesBothFilesInItsError) {
  try {
    rename_file(path("from"), path("to"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(path("from")), std::string::npos);
    EXPECT_NE(std::string(error.what()).find(path("to")), std::string::npos);
  }
}

TEST_F(FileTest, WhatIsNoRegularFileIsNotReadAndNotWaitedFor) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  make_symlink("/dev/zero", path("device"));
  EXPECT_THROW(read_file(path("pipe")), Error);
  EXPECT_THROW(read_file_if_exists(path("pipe")), Error);
  EXPECT_THROW(read_file(path("device")), Error);
  EXPECT_THROW(open_if_exists(path("device"), O_RDONLY), Error);
  EXPECT_THROW(open_file(path("pipe"), O_RDWR), Error);
}

TEST_F(FileTest, TextHasALimit) {
  replace_file(path("sparse"), "x");
  ASSERT_EQ(::truncate(path("sparse").c_str(), off_t{1} << 42), 0);
  try {
    read_file(path("sparse"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot read '" + path("sparse") + "': it is larger than 64.0 MiB, which no such file is");
  }
  replace_file(path("small"), "12345");
  EXPECT_EQ(read_file(path("small"), 5), "12345");
  EXPECT_THROW(read_file(path("small"), 4), Error);
  EXPECT_NE(read_file("/proc/self/status"), "");
  EXPECT_THROW(read_file("/proc/self/status", 10), Error) << "it says that its size is 0";
}

}  // namespace
}  // namespace barman::fs
