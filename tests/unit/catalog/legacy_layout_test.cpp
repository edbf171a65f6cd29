#include "barman/catalog/legacy_layout.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "barman/catalog/backup_catalog.h"
#include "fixture.h"

namespace barman::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string id = "20260101T000000";
const std::string copy = "s/base/" + id + "/backup.info";
const std::string original = "s/meta/" + id + "-backup.info";

class OldPlaces : public ServerDirectory {
 protected:
  bool has(const std::string& name) const { return fs::lstat_if_exists(path(name)).has_value(); }
  void backup_with(BackupStatus status) const {
    BackupInfo info;
    info.backup_id = id;
    info.server_name = "s";
    info.set_status(status);
    BackupCatalog(config_).save(info);
  }
  void make_older(const std::string& name) const {
    const struct timespec times[2] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
  }
};

struct SaveCase {
  const char* label;
  BackupStatus status;
  bool directory, option, want;
};
class SavingABackup : public OldPlaces, public testing::WithParamInterface<SaveCase> {};

TEST_P(SavingABackup, CopiesItsEntry) {
  config_.legacy_links = GetParam().option;
  if (GetParam().directory) fs::make_directories(path("s/base/" + id));
  backup_with(GetParam().status);
  ASSERT_EQ(has(copy), GetParam().want);
  if (GetParam().want) {
    EXPECT_EQ(read(copy), read(original));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, SavingABackup,
                         testing::Values(SaveCase{"done", BackupStatus::done, true, true, true},
                                         SaveCase{"waiting", BackupStatus::waiting_for_wals, true, true, true},
                                         SaveCase{"failed", BackupStatus::failed, true, true, true},
                                         SaveCase{"being_copied", BackupStatus::started, true, true, false},
                                         SaveCase{"just_begun", BackupStatus::empty, false, true, false},
                                         SaveCase{"failed_at_once", BackupStatus::failed, false, true, false},
                                         SaveCase{"not_wanted", BackupStatus::done, true, false, false}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST_F(OldPlaces, ACopyFollowsEveryChange) {
  fs::make_directories(path("s/base/" + id));
  backup_with(BackupStatus::done);
  backup_with(BackupStatus::started);  // a deletion has begun
  EXPECT_EQ(read(copy), read(original));
}

TEST_F(OldPlaces, ALinkIsReplacedAndNotFollowed) {
  fs::make_directories(path("s/base/" + id));
  write("elsewhere", "precious");
  fs::make_symlink(path("elsewhere"), path(copy));
  backup_with(BackupStatus::done);
  EXPECT_EQ(read("elsewhere"), "precious");
  EXPECT_EQ(read(copy), read(original));
}

TEST_F(OldPlaces, WhatOthersSavedIsFoundAndCopied) {
  write("s/base/" + id + "/data/file", "x");
  write(original, "server_name=s\nstatus=DONE\n");
  BackupCatalog catalog(config_);
  EXPECT_THAT(catalog.missing_at_old_place(), ElementsAre(id));
  catalog.serve_old_place(id);
  EXPECT_EQ(read(copy), read(original));
  EXPECT_THAT(catalog.missing_at_old_place(), IsEmpty());
  write(original, "server_name=s\nstatus=DONE\nsize=1\n");  // Barman saves again
  EXPECT_THAT(BackupCatalog(config_).missing_at_old_place(), ElementsAre(id));
  write(copy, read(original));
  make_older(copy);
  EXPECT_THAT(BackupCatalog(config_).missing_at_old_place(), ElementsAre(id)) << "older, if of the same size";
  config_.legacy_links = false;
  EXPECT_THAT(BackupCatalog(config_).missing_at_old_place(), IsEmpty());
}

TEST_F(OldPlaces, TheOnlyEntryIsNoCopy) {
  write(copy, "server_name=s\nstatus=DONE\n");
  BackupCatalog catalog(config_);
  EXPECT_THAT(catalog.missing_at_old_place(), IsEmpty());
  catalog.serve_old_place(id);
  EXPECT_EQ(read(copy), "server_name=s\nstatus=DONE\n");
  EXPECT_FALSE(has(original));
}

TEST_F(OldPlaces, ACopyThatFailsDoesNotFailTheBackup) {
  fs::make_directories(path(copy));  // nothing can be renamed over a directory
  backup_with(BackupStatus::done);
  EXPECT_TRUE(has(original));
}

}  // namespace
}  // namespace barman::catalog
