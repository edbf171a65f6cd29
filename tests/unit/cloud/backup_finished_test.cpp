// Finished backups of barman on their way into a store, by an upload that may be cut off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "archive_content.h"
#include "barman/cloud/backup.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/tar/writer.h"
#include "failing_store.h"

namespace barman::cloud {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class Journal : public ArchiveJournal {
 public:
  std::vector<FinishedArchive> finished(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    std::vector<FinishedArchive> of_name;
    std::ranges::copy_if(all_, std::back_inserter(of_name),
                         [&](const FinishedArchive& archive) { return archive.name == name; });
    return of_name;
  }
  void add(const FinishedArchive& archive) override {
    const std::lock_guard lock(mutex_);
    all_.push_back(archive);
  }
  std::vector<FinishedArchive>& all() { return all_; }

 private:
  std::mutex mutex_;
  std::vector<FinishedArchive> all_;
};

constexpr std::size_t file_size = 10'000, part_size = 8192;

class FinishedBackups : public testing::Test {
 protected:
  FinishedBackups() {
    info_.backup_id = "20260101T000000";
    info_.pgdata = "/pg";
    info_.version = 150018;
    info_.tablespaces.emplace({catalog::Tablespace{"tbs", 16386, "/ts"}});
    request_.layout = {"", "s"};
    request_.max_archive_size = 25'000;
    request_.jobs = 1;
    request_.journal = &journal_;
    store_.limits.smallest_part = part_size;
  }

  void write(const std::string& path, std::string_view content) {
    fs::make_directories(fs::parent_directory(path));
    fs::replace_file(path, content);
  }
  void make_tree() {
    write(base() + "/data/PG_VERSION", "15\n");
    write(base() + "/data/backup_label", "START WAL\n");
    write(base() + "/data/global/pg_control", "control");
    write(base() + "/data/pg_wal/000000010000000000000001", "wal");
    for (int i = 0; i < 9; ++i)
      write(base() + "/data/base/1/" + std::to_string(i), std::string(file_size, static_cast<char>('a' + i)));
    write(base() + "/16386/PG_15_202209061/5/2619", "table");
  }

  void make_tarball(const std::string& path, const std::vector<std::pair<std::string, std::string>>& members) {
    fs::make_directories(fs::parent_directory(path));
    fs::FileReplacement file(path);
    codec::StreamEncoder encoder(codec::stored_as(codec::Algorithm::gzip), path,
                                 [&](std::string_view bytes) { file.write(bytes); });
    tar::Writer writer([&](std::string_view bytes) { encoder.write(bytes); });
    for (const auto& [name, content] : members) {
      tar::Member member;
      member.name = name;
      if (name.ends_with('/')) member.type = tar::directory;
      if (content.starts_with("-> ")) {
        member.type = tar::symbolic_link;
        member.link = content.substr(3);
      }
      if (member.type == tar::regular_file) member.size = content.size();
      writer.begin(member);
      if (member.type == tar::regular_file) writer.data(content);
      writer.end_member();
    }
    writer.finish();
    encoder.finish();
    file.commit();
  }
  void make_tarballs() {
    info_.compression = "gzip";
    make_tarball(base() + "/data/base.tar.gz", {{"backup_label", "START WAL\n"},
                                                {"tablespace_map", "16386 /ts\n"},
                                                {"pg_wal/", ""},
                                                {"pg_wal/archive_status/", ""},
                                                {"base/", ""},
                                                {"base/1/", ""},
                                                {"base/1/2619", std::string(file_size, 'x')},
                                                {"pg_tblspc/", ""},
                                                {"pg_tblspc/16386", "-> /ts"},
                                                {"PG_VERSION", "15\n"},
                                                {"postmaster.opts", "x"},
                                                {"global/", ""},
                                                {"global/pg_control", "control"}});
    make_tarball(base() + "/data/16386.tar.gz",
                 {{"PG_15_202209061/", ""}, {"PG_15_202209061/5/", ""}, {"PG_15_202209061/5/2619", "table"}});
    write(base() + "/data/backup_manifest", "{}");
  }

  std::string base() const { return directory_.path() + "/base/20260101T000000"; }
  void upload() {
    upload_archives({.id = info_.backup_id, .directory = base(), .info_path = {}}, info_, request_, store_, silent_);
  }
  std::vector<std::string> keys() { return keys_in(store_, "s/base/20260101T000000/"); }
  std::vector<std::string> names(const std::string& archive) {
    return names_of(members_of(store_, "s/base/20260101T000000/" + archive));
  }
  // Of all archives of PGDATA.
  std::map<std::string, std::string> restored() {
    std::map<std::string, std::string> content;
    for (const std::string& key : keys()) {
      if (!key.starts_with("data")) continue;
      for (const StoredMember& member : members_of(store_, "s/base/20260101T000000/" + key)) {
        EXPECT_FALSE(content.contains(member.header.name)) << member.header.name << " is there twice";
        content[member.header.name] = member.content;
      }
    }
    return content;
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  FailingStore store_{directory_.path() + "/store"};
  NoProgress silent_;
  Journal journal_;
  catalog::BackupInfo info_;
  UploadRequest request_;
};

TEST_F(FinishedBackups, AreNotedArchiveByArchive) {
  make_tree();
  upload();
  EXPECT_THAT(keys(), ElementsAre("16386.tar", "data.tar", "data_0001.tar", "data_0002.tar", "data_0003.tar"));
  const auto archives = journal_.finished("data");
  ASSERT_THAT(archives, SizeIs(4));
  for (std::size_t i = 0; i < archives.size(); ++i) {
    EXPECT_EQ(archives[i].number, static_cast<int>(i));
    EXPECT_EQ(archives[i].size, store_.head(archives[i].key)->size);
    EXPECT_EQ(archives[i].ends_tree, i == 3);
  }
  EXPECT_EQ(archives.back().last_member, "global/pg_control");
}

TEST_F(FinishedBackups, BringTheConfigurationFromOutsidePgdata) {
  make_tree();
  write(base() + "/barman_configuration/etc/pg/pg_hba.conf", "local all all peer\n");
  fs::make_symlink("/etc/passwd", base() + "/barman_configuration/etc/pg/link");
  upload();
  EXPECT_EQ(restored().at("./barman_configuration/etc/pg/pg_hba.conf"), "local all all peer\n");
  EXPECT_FALSE(restored().contains("./barman_configuration/etc/pg/link"));
}

// Wherever it is cut off, what is there is whole, and what comes behind it is what was missing.
TEST_F(FinishedBackups, ContinueBehindWhatIsThere) {
  make_tree();
  upload();
  const auto whole = restored();
  const std::size_t parts = store_.parts().size();
  for (std::size_t cut = 0; cut < parts; cut += 3) {
    FailingStore other(directory_.path() + "/other" + std::to_string(cut));
    other.limits.smallest_part = part_size;
    Journal journal;
    request_.journal = &journal;
    other.parts_until_failure = static_cast<int>(cut);
    const FinishedBackup backup{.id = info_.backup_id, .directory = base(), .info_path = {}};
    EXPECT_THROW(upload_archives(backup, info_, request_, other, silent_), store::StoreError);
    EXPECT_TRUE(other.open_uploads("s/").empty());
    std::vector<std::string> noted;
    for (const FinishedArchive& archive : journal.all()) noted.push_back(archive.key);
    EXPECT_THAT(keys_in(other, ""), testing::IsSubsetOf(noted));
    other.parts_until_failure = -1;
    const std::size_t before = other.parts().size();
    upload_archives(backup, info_, request_, other, silent_);
    for (std::size_t i = before; i < other.parts().size(); ++i)
      EXPECT_EQ(std::ranges::count(noted, other.parts()[i].first), 0) << "sent again";
    for (const std::string& key : keys())
      EXPECT_EQ(store::read_object(other, "s/base/20260101T000000/" + key),
                store::read_object(store_, "s/base/20260101T000000/" + key));
  }
  EXPECT_EQ(whole.size(), 17u);
}

TEST_F(FinishedBackups, SendNothingThatIsThere) {
  make_tree();
  upload();
  const std::size_t parts = store_.parts().size();
  upload();
  EXPECT_EQ(store_.parts().size(), parts);
  EXPECT_TRUE(store_.open_uploads("s/").empty());
}

TEST_F(FinishedBackups, AreNotContinuedOnceTheyHaveChanged) {
  make_tree();
  upload();
  std::erase_if(journal_.all(), [](const FinishedArchive& archive) { return archive.number >= 2; });
  write(base() + "/data/another", "file");
  EXPECT_THROW(upload(), Error);
  fs::remove_file(base() + "/data/another");
  fs::remove_tree(base() + "/data/base");
  EXPECT_THROW(upload(), Error);
}

TEST_F(FinishedBackups, OfTarballsAreStoredLikeTrees) {
  make_tarballs();
  upload();
  EXPECT_THAT(keys(), UnorderedElementsAre("16386.tar", "data.tar"));
  EXPECT_THAT(names("data.tar"),
              ElementsAre("./", "./backup_label", "pg_wal/", "base/", "base/1/", "base/1/2619", "pg_tblspc/",
                          "./PG_VERSION", "global/", "./backup_manifest", "global/pg_control"));
  EXPECT_THAT(names("16386.tar"),
              ElementsAre("./", "PG_15_202209061/", "PG_15_202209061/5/", "PG_15_202209061/5/2619"));
  EXPECT_EQ(restored()["base/1/2619"], std::string(file_size, 'x'));
}

TEST_F(FinishedBackups, OfTarballsThatEndTooEarlyAreRefused) {
  make_tarballs();
  const std::string path = base() + "/data/base.tar.gz", whole = fs::read_file(path);
  fs::replace_file(path, whole.substr(0, whole.size() / 2));
  EXPECT_THROW(upload(), Error);
  EXPECT_TRUE(journal_.finished("data").empty());
  fs::remove_file(path);
  EXPECT_THROW(upload(), Error);
}

}  // namespace
}  // namespace barman::cloud
