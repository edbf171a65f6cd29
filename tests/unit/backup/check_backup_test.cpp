#include "barman/backup/check_backup.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "fakes/notifier.h"

namespace barman::backup {
namespace {

using catalog::BackupStatus;

struct VerdictCase {
  const char* label;
  std::optional<std::string> begin, end;
  std::vector<std::string> archive;  // the last one is the newest
  std::optional<BackupStatus> want;
  std::string error;
  std::string waiting{};
};

std::string wal(const char* tail) { return std::string("0000000100000000000000") + tail; }

class JudgeWal : public testing::TestWithParam<VerdictCase> {};

TEST_P(JudgeWal, Decides) {
  const VerdictCase& row = GetParam();
  catalog::BackupInfo info;
  info.begin_wal = row.begin;
  info.end_wal = row.end;
  const auto newest = row.archive.empty() ? std::nullopt : std::optional(row.archive.back());
  const auto verdict = judge_wal(info, newest, [&](const std::string& name) {
    if (std::ranges::count(row.archive, name) > 0) return SegmentPlace::archive;
    return name == row.waiting ? SegmentPlace::waiting : SegmentPlace::nowhere;
  });
  ASSERT_EQ(verdict.has_value(), row.want.has_value());
  if (!verdict) return;
  EXPECT_EQ(verdict->status, *row.want);
  EXPECT_EQ(verdict->error, row.error);
}

INSTANTIATE_TEST_SUITE_P(
    Archives, JudgeWal,
    testing::Values(
        VerdictCase{"nothing_known", wal("02"), std::nullopt, {wal("02")}, std::nullopt, ""},
        VerdictCase{"empty_archive", wal("02"), wal("03"), {}, BackupStatus::waiting_for_wals, ""},
        VerdictCase{"only_older", wal("02"), wal("03"), {wal("01")}, BackupStatus::waiting_for_wals, ""},
        VerdictCase{"some", wal("02"), wal("03"), {wal("02")}, BackupStatus::waiting_for_wals, ""},
        VerdictCase{"all", wal("02"), wal("03"), {wal("02"), wal("03")}, BackupStatus::done, ""},
        VerdictCase{"more", wal("02"), wal("03"), {wal("02"), wal("03"), wal("04")}, BackupStatus::done, ""},
        VerdictCase{"same_segment", wal("02"), wal("02"), {wal("02")}, BackupStatus::done, ""},
        VerdictCase{"gap",
                    wal("02"),
                    wal("04"),
                    {wal("02"), wal("04")},
                    BackupStatus::failed,
                    "At least one WAL file is missing. The first missing WAL file is " + wal("03")},
        VerdictCase{"a_torn_one_waits",
                    wal("02"),
                    wal("04"),
                    {wal("02"), wal("04")},
                    BackupStatus::waiting_for_wals,
                    "",
                    wal("03")},
        VerdictCase{"gap_not_complete",
                    wal("02"),
                    wal("05"),
                    {wal("02"), wal("04")},
                    BackupStatus::failed,
                    "At least one WAL file is missing. The first missing WAL file is " + wal("03")},
        VerdictCase{"over_a_log_boundary",
                    wal("FF"),
                    "000000010000000100000000",
                    {wal("FF"), "000000010000000100000000"},
                    BackupStatus::done,
                    ""},
        VerdictCase{"two_timelines",
                    wal("02"),
                    "0000000A0000000000000003",
                    {wal("02")},
                    BackupStatus::failed,
                    "Backups spanning multiple timelines are not supported. The backup starts in timeline 00000001 and "
                    "ends in timeline 0000000A."}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(JudgeWal, RefusesNamesThatAreNone) {
  catalog::BackupInfo info;
  info.begin_wal = "x";
  info.end_wal = "y";
  EXPECT_THROW(judge_wal(info, std::nullopt, [](const std::string&) { return SegmentPlace::archive; }), Error);
}

class CheckBackup : public testing::Test {
 protected:
  CheckBackup() {
    global_.barman_lock_directory = directory_.path();
    config_.name = "main";
    config_.backup_directory = directory_.path();
    config_.basebackups_directory = directory_.path() + "/base";
    config_.wals_directory = directory_.path() + "/wals";
    info_.backup_id = "20261121T072740";
    info_.server_name = "main";
    info_.mode = "rsync-concurrent";
    info_.begin_wal = wal("02");
    info_.end_wal = wal("03");
    info_.set_status(BackupStatus::waiting_for_wals);
    fs::make_directories(config_.wals_directory + "/0000000100000000");
  }
  void archive(const std::string& name) { fs::replace_file(config_.wals_directory + "/0000000100000000/" + name, "x"); }
  void check() {
    ServerContext server(global_, config_, notifier_);
    check_backup(server, info_.backup_id);
  }
  BackupStatus status_on_disk() {
    catalog::BackupCatalog fresh(config_);
    return fresh.find(info_.backup_id)->status;
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  config::GlobalConfig global_;
  config::ServerConfig config_;
  fs::LockDirectory locks_{directory_.path(), "main"};
  catalog::BackupInfo info_;
  fakes::RecordingNotifier notifier_;
};

TEST_F(CheckBackup, SavesWhatItFinds) {
  catalog::BackupCatalog(config_).save(info_);
  archive(wal("02"));
  check();
  EXPECT_EQ(status_on_disk(), BackupStatus::waiting_for_wals);
  archive(wal("03"));
  check();
  EXPECT_EQ(status_on_disk(), BackupStatus::done);
  EXPECT_TRUE(notifier_.errors.empty());
}

TEST_F(CheckBackup, TellsOfAFailure) {
  catalog::BackupCatalog(config_).save(info_);
  archive(wal("03"));
  check();
  EXPECT_EQ(status_on_disk(), BackupStatus::failed);
  EXPECT_THAT(
      notifier_.errors,
      testing::ElementsAre("This backup has been marked as FAILED due to the following reason: At least one WAL "
                           "file is missing. The first missing WAL file is " +
                           wal("02")));
  EXPECT_THROW(check(), Error);
}

TEST_F(CheckBackup, LeavesALockedBackupAlone) {
  catalog::BackupCatalog(config_).save(info_);
  archive(wal("02"));
  archive(wal("03"));
  const auto lock = fs::LockFile::try_acquire(locks_.backup_id(info_.backup_id));
  ASSERT_TRUE(lock);
  check();
  EXPECT_EQ(status_on_disk(), BackupStatus::waiting_for_wals);
  EXPECT_THAT(notifier_.infos,
              testing::ElementsAre("Another process is holding the lock for backup 20261121T072740 of server main."));
}

}  // namespace
}  // namespace barman::backup
