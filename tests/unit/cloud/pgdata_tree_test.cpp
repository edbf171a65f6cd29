#include "pgdata_tree.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "archive_content.h"
#include "barman/fs/file.h"
#include "failing_store.h"

namespace barman::cloud {
namespace {

using testing::ElementsAre;

class PgdataTree : public testing::Test {
 protected:
  PgdataTree() {
    fs::make_directories(root_ + "/base/5");
    fs::make_directories(root_ + "/global");
    fs::make_directories(root_ + "/pg_wal/archive_status");
  }

  std::vector<StoredMember> store(const Counted& counted = [](std::uint64_t) {}) {
    PartUploads parts(plan_, 1);
    const ArchiveFormat format;
    ArchiveUpload archive({store_, parts, plan_, format, {}, "B/"}, "data");
    upload_tree(archive, root_, rules_, counted);
    archive.close();
    parts.wait();
    archive.complete();
    parts.wait();
    return members_of(store_, "B/data.tar");
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  FailingStore store_{directory_.path() + "/store"};
  ArchivePlan plan_{.part_size = 65536, .most_parts = 1000, .split_at = 1 << 30, .buffers = 2};
  std::string root_ = directory_.path() + "/data";
  TreeRules rules_;
};

TEST_F(PgdataTree, IsNamedAsTheReferenceNamesIt) {
  fs::replace_file(root_ + "/PG_VERSION", "15\n");
  fs::replace_file(root_ + "/base/5/2619", "page");
  fs::replace_file(root_ + "/global/pg_control", "control");
  fs::replace_file(root_ + "/pg_wal/000000010000000000000001", "wal");
  EXPECT_THAT(names_of(store()),
              ElementsAre("./", "./PG_VERSION", "base/", "base/5/", "base/5/2619", "global/", "pg_wal/"));
}

TEST_F(PgdataTree, KeepsModeTimeAndOwner) {
  const std::string path = root_ + "/PG_VERSION";
  fs::replace_file(path, "15\n");
  const struct ::timespec times[2] = {{1'700'000'000, 25}, {1'700'000'000, 250'000'000}};
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  const auto members = store();
  const tar::Member& member = members[1].header;
  EXPECT_EQ(member.mode, 0640u);
  EXPECT_EQ(member.mtime.tv_sec, 1'700'000'000);
  EXPECT_EQ(member.mtime.tv_nsec, 250'000'000);
  EXPECT_EQ(member.uid, ::getuid());
  EXPECT_FALSE(member.group.empty());
}

TEST_F(PgdataTree, StoresLinksAsLinksAndFollowsTheRoot) {
  fs::make_symlink("/elsewhere/logs", root_ + "/log");
  const std::string link = directory_.path() + "/link";
  fs::make_symlink(root_, link);
  root_ = link;
  const auto members = store();
  EXPECT_EQ(members[1].header.name, "./log");
  EXPECT_EQ(members[1].header.type, tar::symbolic_link);
  EXPECT_EQ(members[1].header.link, "/elsewhere/logs");
}

TEST_F(PgdataTree, StoresALinkedWalDirectoryAsAnEmptyOne) {
  fs::remove_tree(root_ + "/pg_wal");
  fs::make_symlink("/elsewhere/wal", root_ + "/pg_wal");
  const auto members = store();
  EXPECT_EQ(members[1].header.name, "pg_wal/");
  EXPECT_EQ(members[1].header.type, tar::directory);
  EXPECT_EQ(members[1].header.mode, 0700u);
}

TEST_F(PgdataTree, LeavesOutWhatIsNoFile) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (root_ + "/s").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  ASSERT_EQ(::mkfifo((root_ + "/pipe").c_str(), 0600), 0);
  EXPECT_THAT(names_of(store()), ElementsAre("./", "base/", "base/5/", "global/", "pg_wal/"));
}

TEST_F(PgdataTree, FillsUpWhatBecomesShorter) {
  const std::string path = root_ + "/base/5/1", text(600'000, 'a');
  fs::replace_file(path, text);
  const auto members = store([&](std::uint64_t) { ASSERT_EQ(::truncate(path.c_str(), 300'000), 0); });
  ASSERT_EQ(members[3].content.size(), text.size());
  EXPECT_EQ(members[3].content, text.substr(0, 300'000) + std::string(300'000, '\0'));
}

TEST_F(PgdataTree, CutsWhatGrows) {
  const std::string path = root_ + "/base/5/1", text(600'000, 'a');
  fs::replace_file(path, text);
  const auto members = store([&](std::uint64_t) { ASSERT_EQ(::truncate(path.c_str(), 900'000), 0); });
  EXPECT_EQ(members[3].content, text);
}

TEST_F(PgdataTree, LeavesOutWhatVanishes) {
  fs::replace_file(root_ + "/base/5/1", "one");
  fs::replace_file(root_ + "/base/5/2", "two");
  fs::make_directories(root_ + "/base/6");
  const auto members = store([&](std::uint64_t) {
    fs::remove_file(root_ + "/base/5/2");
    fs::remove_tree(root_ + "/base/6");
  });
  EXPECT_THAT(names_of(members), ElementsAre("./", "base/", "base/5/", "base/5/1", "base/6/", "global/", "pg_wal/"));
}

TEST_F(PgdataTree, FailsWhereAFileCannotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  fs::replace_file(root_ + "/base/5/1", "one");
  ASSERT_EQ(::chmod((root_ + "/base/5/1").c_str(), 0), 0);
  EXPECT_THROW(store(), Error);
}

}  // namespace
}  // namespace barman::cloud
