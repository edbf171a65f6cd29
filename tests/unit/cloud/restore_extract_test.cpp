#include "restore_extract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <random>

#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/tar/writer.h"
#include "failing_store.h"
#include "unit/fs/file_size_limit.h"

namespace barman::cloud {
namespace {

using testing::HasSubstr;

tar::Member member(std::string name, char type = tar::regular_file, std::string link = {}) {
  tar::Member made;
  made.name = std::move(name);
  made.type = type;
  made.link = std::move(link);
  made.mode = type == tar::directory ? 0750 : 0640;
  made.mtime = {1'700'000'000, 500'000'000};
  made.uid = ::getuid();
  made.gid = ::getgid();
  return made;
}

class Extract : public testing::Test {
 protected:
  void add(tar::Member made, std::string_view content = {}) {
    made.size = content.size();
    writer_.begin(made);
    writer_.data(content);
    writer_.end_member();
  }
  void extract(bool with_end = true) {
    if (with_end) writer_.finish();
    std::size_t at = 0;
    tar::Reader reader([&](std::span<char> buffer) {
      const std::size_t got = bytes_.copy(buffer.data(), buffer.size(), at);
      at += got;
      return got;
    });
    Extraction extraction(root_);
    extraction.extract(reader, "data.tar");
    extraction.finish();
  }
  std::string failure(bool with_end = true) {
    try {
      extract(with_end);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::corrupt);
      return error.what();
    }
    return "";
  }
  std::string content(const std::string& path) { return fs::read_file(root_ + "/" + path); }

  fs::TemporaryDirectory directory_{"barman-test-"};
  std::string root_ = directory_.path() + "/data";
  std::string bytes_;
  tar::Writer writer_{[this](std::string_view bytes) { bytes_ += bytes; }};

  void SetUp() override { fs::make_directories(root_); }
};

TEST_F(Extract, GivesFilesTheirModeAndTime) {
  add(member("./", tar::directory));
  add(member("base/", tar::directory));
  add(member("base/1"), "one");
  extract();
  struct ::stat file {
  }, directory{};
  ASSERT_EQ(::stat((root_ + "/base/1").c_str(), &file), 0);
  ASSERT_EQ(::stat((root_ + "/base").c_str(), &directory), 0);
  EXPECT_EQ(content("base/1"), "one");
  EXPECT_EQ(file.st_mode & 07777, 0640u);
  EXPECT_EQ(file.st_mtim.tv_sec, 1'700'000'000);
  EXPECT_EQ(file.st_mtim.tv_nsec, 500'000'000);
  EXPECT_EQ(directory.st_mode & 07777, 0750u);
  EXPECT_EQ(directory.st_mtim.tv_sec, 1'700'000'000);
}

TEST_F(Extract, LendsNobodysRights) {
  tar::Member made = member("f");
  made.mode = 06755;
  add(made, "x");
  extract();
  struct ::stat info {};
  ASSERT_EQ(::stat((root_ + "/f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
}

TEST_F(Extract, WritesBelowADirectoryThatIsReadOnlyAtLast) {
  tar::Member closed = member("closed/", tar::directory);
  closed.mode = 0500;
  add(closed);
  add(member("closed/f"), "x");
  extract();
  EXPECT_EQ(content("closed/f"), "x");
  ::chmod((root_ + "/closed").c_str(), 0700);
}

TEST_F(Extract, TakesTheLastOfTwo) {
  add(member("postgresql.conf", tar::symbolic_link, "/etc/postgresql.conf"));
  add(member("./postgresql.conf"), "port = 2");
  extract();
  EXPECT_EQ(content("postgresql.conf"), "port = 2");
  EXPECT_FALSE(fs::lstat_if_exists("/etc/postgresql.conf.test"));
}

TEST_F(Extract, MakesLinksButNotToWal) {
  add(member("./link", tar::symbolic_link, "/elsewhere"));
  add(member("./pg_wal", tar::symbolic_link, "/elsewhere/wal"));
  extract();
  EXPECT_TRUE(S_ISLNK(fs::lstat_if_exists(root_ + "/link")->st_mode));
  EXPECT_TRUE(S_ISDIR(fs::lstat_if_exists(root_ + "/pg_wal")->st_mode));
}

TEST_F(Extract, MakesHardLinksInside) {
  add(member("base/1"), "one");
  add(member("base/2", tar::hard_link, "base/1"));
  extract();
  EXPECT_EQ(content("base/2"), "one");
}

struct HostileCase {
  const char* label;
  std::vector<tar::Member> members;
  const char* want;
};
class HostileArchive : public Extract, public testing::WithParamInterface<HostileCase> {};

TEST_P(HostileArchive, IsRefused) {
  const std::string outside = directory_.path() + "/outside";
  fs::make_directories(outside);
  fs::replace_file(outside + "/victim", "safe");
  for (tar::Member made : GetParam().members) {
    if (made.link == "OUTSIDE") made.link = outside;
    add(made);
  }
  EXPECT_THAT(failure(), HasSubstr(GetParam().want));
  EXPECT_EQ(fs::list_directory(outside), std::vector<std::string>{"victim"});
  EXPECT_EQ(fs::read_file(outside + "/victim"), "safe");
}

INSTANTIATE_TEST_SUITE_P(
    Members, HostileArchive,
    testing::Values(
        HostileCase{"absolute", {member("/etc/passwd")}, "is no path below the destination"},
        HostileCase{"upwards", {member("../outside/victim")}, "leads out of the destination"},
        HostileCase{"upwards_inside", {member("a/../../outside/new")}, "leads out of the destination"},
        HostileCase{"through_link",
                    {member("l", tar::symbolic_link, "OUTSIDE"), member("l/victim")},
                    "would be written through a link"},
        HostileCase{"directory_through_link",
                    {member("l", tar::symbolic_link, "OUTSIDE"), member("l/new/", tar::directory)},
                    "would be written through a link"},
        HostileCase{"mode_through_link",
                    {member("l", tar::symbolic_link, "OUTSIDE"), member("l/", tar::directory)},
                    "would be written through a link"},
        HostileCase{"hard_link_through_link",
                    {member("l", tar::symbolic_link, "OUTSIDE"), member("f", tar::hard_link, "l/victim")},
                    "would be written through a link"},
        HostileCase{"hard_link_out", {member("f", tar::hard_link, "../outside/victim")}, "leads out"},
        HostileCase{"hard_link_absolute", {member("f", tar::hard_link, "/etc/passwd")}, "is no path below"},
        HostileCase{"hard_link_to_nothing", {member("f", tar::hard_link, "g")}, "not in the archive before it"},
        HostileCase{"device", {member("f", '3')}, "is neither file nor directory nor link"},
        HostileCase{"pipe", {member("f", '6')}, "is neither file nor directory nor link"},
        HostileCase{"root_as_link", {member("./", tar::symbolic_link, "OUTSIDE")}, "stands for the destination"},
        HostileCase{"file_as_directory", {member("f"), member("f/g")}, "through a link or a file"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(Extract, WritesLargeFilesBehindWhoeverReads) {
  constexpr std::size_t block = fs::DirectBlock::size;
  std::map<std::string, std::string> files;
  for (const std::size_t size : {block - 1, block, block + 1, 3 * block, 7 * block + 4097}) {
    std::string large(size, '\0');
    for (std::size_t i = 0; i < size; ++i) large[i] = static_cast<char>((i * 2654435761U + size) >> 13);
    const std::string name = "f" + std::to_string(size);
    add(member(name), large);
    files[name] = std::move(large);
  }
  extract();
  for (const auto& [name, large] : files) {
    EXPECT_TRUE(content(name) == large) << name;
    EXPECT_EQ(fs::lstat_if_exists(root_ + "/" + name)->st_mtim.tv_sec, 1'700'000'000) << name;
  }
}

TEST_F(Extract, EndsWhereALargeFileCannotBeWritten) {
  constexpr std::size_t block = fs::DirectBlock::size;
  add(member("f"), std::string(20 * block, 'x'));
  add(member("g"), "y");
  const FileSizeLimit limit(5 * block);
  try {
    extract();
    ADD_FAILURE() << "it is said to be whole";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "cannot write '" + root_ + "/f': File too large");
  }
}

// An archive in a store, read piece by piece, with members that are large enough to be fetched apart.
class ExtractFromStore : public Extract {
 protected:
  ExtractFromStore() {
    std::minstd_rand random(3);
    large_.resize(50 * 1024 * 1024 + 1234);
    for (std::size_t at = 0; at + 4 <= large_.size(); at += 4) {
      const auto word = static_cast<std::uint32_t>(random());
      std::memcpy(&large_[at], &word, sizeof word);
    }
  }
  void extract_from_store() {
    writer_.finish();
    store_.put("data.tar", store::Body::of(bytes_), {});
    Download download(store_, "data.tar", bytes_.size(), {.piece = 256 * 1024, .connections = 3, .ahead = 4});
    tar::Reader reader([&](std::span<char> buffer) { return download.read(buffer); });
    Extraction extraction(root_);
    extraction.extract(reader, "data.tar", &download);
    extraction.finish();
  }

  FailingStore store_{directory_.path() + "/store"};
  std::string large_;
};

TEST_F(ExtractFromStore, FetchesLargeFilesApart) {
  const std::string other(large_.rbegin(), large_.rend());
  tar::Member closed = member("base/2");
  closed.mode = 0400;
  add(member("base/", tar::directory));
  add(member("base/1"), large_);
  add(member("base/1.link", tar::hard_link, "base/1"));
  add(member("base/small"), "small");
  add(closed, other);
  add(member("global"), "last");
  extract_from_store();
  EXPECT_LT(store_.gets, 70) << "requests: 400 of a piece would be all of it";
  EXPECT_TRUE(content("base/1") == large_);
  EXPECT_TRUE(content("base/1.link") == large_);
  EXPECT_TRUE(content("base/2") == other);
  EXPECT_EQ(content("base/small"), "small");
  EXPECT_EQ(content("global"), "last");
  for (const char* name : {"base/1", "base/2", "global"}) {
    struct ::stat info {};
    ASSERT_EQ(::stat((root_ + "/" + name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, name == std::string("base/2") ? 0400u : 0640u) << name;
    EXPECT_EQ(info.st_mtim.tv_sec, 1'700'000'000) << name;
    EXPECT_EQ(info.st_mtim.tv_nsec, 500'000'000) << name;
  }
}

TEST_F(ExtractFromStore, TakesTheLastOfTwoLargeOnes) {
  const std::string other(large_.rbegin(), large_.rend());
  add(member("f"), large_);
  add(member("f"), other);
  extract_from_store();
  EXPECT_TRUE(content("f") == other);
}

TEST_F(ExtractFromStore, EndsWithWhatThePartsHaveFailedOf) {
  store_.fail_beyond = 10 * 1024 * 1024;
  add(member("f"), large_);
  add(member("g"), "x");
  try {
    extract_from_store();
    ADD_FAILURE() << "it is said to be whole";
  } catch (const store::StoreError& error) {
    EXPECT_EQ(error.refusal(), store::Refusal::busy) << error.what();
  }
}

TEST_F(Extract, NoticesThatTheEndIsMissing) {
  add(member("f"), "x");
  EXPECT_THAT(failure(false), HasSubstr("cannot extract 'data.tar': unexpected end of data"));
}

}  // namespace
}  // namespace barman::cloud
