#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "archive_content.h"
#include "backup_archiver_watch.h"
#include "barman/cloud/backup.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "failing_store.h"
#include "fakes/postgres.h"

namespace barman::cloud {
namespace {

using catalog::BackupStatus;
using testing::ElementsAre;
using testing::HasSubstr;

class TakeBackup : public testing::Test {
 protected:
  TakeBackup() {
    fake_.settings["data_directory"] = data_;
    fake_.settings["config_file"] = directory_.path() + "/etc/postgresql.conf";
    fake_.settings["hba_file"] = data_ + "/pg_hba.conf";
    fake_.settings["ident_file"] = directory_.path() + "/etc/pg_ident.conf";  // which is not there
    put("data/PG_VERSION", "16\n");
    put("data/pg_hba.conf", "local all all trust\n");
    put("data/global/pg_control", "control");
    put("data/base/5/1", "one");
    put("etc/postgresql.conf", "port = 1\n");
    put("ts/PG_16_202307071/5/2", "two");
    put("ts/PG_15_202209061/5/2", "of another cluster");
    fake_.answer("pg_tablespace_location", fakes::FakePostgres::Rows{{"tbs1", "16386", directory_.path() + "/ts"}});
    request_.upload.layout = {"pg", "main"};
    request_.upload.min_chunk_size = 4096;
    request_.upload.max_archive_size = 1 << 30;
    request_.name = "weekly";
  }
  void put(const std::string& path, std::string_view content) {
    const std::string full = directory_.path() + "/" + path;
    fs::make_directories(fs::parent_directory(full));
    fs::replace_file(full, content);
  }
  BackupOutcome take() {
    postgres::Server server("", {}, fake_.connect());
    NoProgress progress;
    return take_backup(
        request_, store_, server,
        [&] { return std::make_unique<postgres::Server>("", std::chrono::seconds(0), fake_.connect()); }, progress);
  }
  // As it is in the store; there is one backup.
  catalog::BackupInfo stored() {
    for (const std::string& key : keys_in(store_, "pg/main/base/"))
      if (key.ends_with("/backup.info"))
        return catalog::parse_backup_info(store::read_object(store_, "pg/main/base/" + key), key, key.substr(0, 15));
    return {};
  }
  std::vector<std::string> keys() {
    std::vector<std::string> found;
    for (const std::string& key : keys_in(store_, "pg/main/base/")) found.push_back(key.substr(key.find('/') + 1));
    return found;
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  std::string data_ = directory_.path() + "/data";
  FailingStore store_{directory_.path() + "/store"};
  fakes::FakePostgres fake_;
  BackupRequest request_;
};

TEST_F(TakeBackup, StoresTheClusterInOrder) {
  const BackupOutcome outcome = take();
  ASSERT_FALSE(outcome.failure) << *outcome.failure;
  EXPECT_THAT(keys(), ElementsAre("16386.tar", "backup.info", "data.tar"));
  const std::string prefix = "pg/main/base/" + outcome.info.backup_id + "/";
  const auto members = members_of(store_, prefix + "data.tar");
  const auto names = names_of(members);
  ASSERT_GE(names.size(), 3u);
  EXPECT_EQ(std::vector(names.end() - 3, names.end()),
            (std::vector<std::string>{"global/pg_control", "postgresql.conf", "backup_label"}));
  EXPECT_THAT(members.back().content, HasSubstr("START WAL LOCATION: 0/3000060"));
  EXPECT_EQ(members.back().header.mode, 0600u);
  EXPECT_EQ(members.back().header.uid, ::getuid());
  EXPECT_THAT(names_of(members_of(store_, prefix + "16386.tar")),
              ElementsAre("./", "PG_16_202307071/", "PG_16_202307071/5/", "PG_16_202307071/5/2"));
}

TEST_F(TakeBackup, DescribesItAsTheReferenceDoes) {
  const BackupOutcome outcome = take();
  const catalog::BackupInfo info = stored();
  EXPECT_EQ(info.status, BackupStatus::done);
  EXPECT_EQ(info.server_name, "cloud");
  EXPECT_EQ(info.backup_name, "weekly");
  EXPECT_FALSE(info.mode);
  EXPECT_FALSE(info.size);
  EXPECT_FALSE(info.compression);
  EXPECT_EQ(info.begin_wal, "000000010000000000000003");
  EXPECT_EQ(info.end_xlog, "0/3000060");
  EXPECT_EQ(info.systemid, "7000000000000000001");
  ASSERT_TRUE(info.copy_stats);
  EXPECT_THAT(store::read_object(store_, "pg/main/base/" + outcome.info.backup_id + "/backup.info"),
              HasSubstr("'copy_time_per_item': {'16386': "));
}

TEST_F(TakeBackup, SaysThatItHasStarted) {
  put("data/base/5/9", std::string(1 << 20, 'x'));
  store_.parts_until_failure = 0;
  store_.puts_until_failure = 1;  // the last one fails, too
  const BackupOutcome outcome = take();
  EXPECT_THAT(*outcome.failure, HasSubstr("Backup failed uploading data (cannot put part of 'pg/main/base/"));
  EXPECT_EQ(stored().status, BackupStatus::started);
}

TEST_F(TakeBackup, RecordsAFailureAndTakesEverythingBack) {
  put("data/base/5/9", std::string(1 << 20, 'x'));
  store_.parts_until_failure = 2;
  const BackupOutcome outcome = take();
  ASSERT_TRUE(outcome.failure);
  EXPECT_THAT(keys(), ElementsAre("backup.info"));
  EXPECT_TRUE(store_.open_uploads("").empty());
  EXPECT_EQ(stored().status, BackupStatus::failed);
  EXPECT_THAT(stored().error.value_or(""), HasSubstr("failure uploading data (cannot put part of"));
}

TEST_F(TakeBackup, TakesBackWhatHadAppeared) {
  store_.finishes_until_failure = 1;
  EXPECT_THAT(take().failure.value_or(""), HasSubstr("cannot finish 'pg/main/base/"));
  EXPECT_THAT(keys(), ElementsAre("backup.info"));
  EXPECT_TRUE(store_.open_uploads("").empty());
}

TEST_F(TakeBackup, FailsWhenNoArchiveCanBeBegun) {
  store_.uploads_fail = true;
  EXPECT_THAT(take().failure.value_or(""), HasSubstr("cannot begin the upload of 'pg/main/base/"));
  EXPECT_EQ(stored().status, BackupStatus::failed);
}

TEST_F(TakeBackup, FailsWithoutPgControl) {
  fs::remove_file(data_ + "/global/pg_control");
  EXPECT_THAT(take().failure.value_or(""), HasSubstr("global/pg_control' does not exist"));
  EXPECT_EQ(stored().status, BackupStatus::failed);
}

TEST_F(TakeBackup, FailsWhenPostgresqlDoes) {
  fake_.answer("pg_backup_stop(", [](const auto&) -> fakes::FakePostgres::Rows {
    throw postgres::QueryError("57P01", "terminating connection");
  });
  EXPECT_THAT(take().failure.value_or(""), HasSubstr("terminating connection"));
  EXPECT_THAT(keys(), ElementsAre("backup.info"));
  EXPECT_TRUE(store_.open_uploads("").empty());
}

TEST_F(TakeBackup, EndsWhenTheConnectionIsLost) {
  request_.keepalive = std::chrono::seconds(1);
  // The heartbeat comes while the tree is read: its first file waits for it.
  fake_.answer("SELECT 1", [&](const auto&) -> fakes::FakePostgres::Rows {
    fake_.up = false;
    throw Error(Errc::postgres, "server closed the connection unexpectedly");
  });
  fake_.answer("pg_backup_stop(", [](const auto&) -> fakes::FakePostgres::Rows {
    throw Error(Errc::postgres, "Connection to the Postgres server was lost during the backup.");
  });
  EXPECT_THAT(take().failure.value_or(""), HasSubstr("Connection to the Postgres server was lost during the backup."));
  EXPECT_EQ(stored().status, BackupStatus::failed);
}

TEST_F(TakeBackup, RecordsAnInterruption) {
  signals::install();
  fake_.answer("pg_backup_stop(", [](const auto&) -> fakes::FakePostgres::Rows {
    ::raise(SIGTERM);
    signals::throw_if_pending();
    return {};
  });
  EXPECT_THROW(take(), Interrupted);
  EXPECT_EQ(signals::pending(), SIGTERM);
  signals::clear();
  EXPECT_EQ(stored().status, BackupStatus::failed);
  EXPECT_EQ(stored().error, "failure uploading data (terminated by a signal)");
  EXPECT_THAT(keys(), ElementsAre("backup.info"));
  EXPECT_TRUE(store_.open_uploads("").empty());
}

TEST_F(TakeBackup, FailsWhenItsEndCannotBeRecorded) {
  store_.puts_until_failure = 1;
  const BackupOutcome outcome = take();
  EXPECT_FALSE(outcome.failure);
  EXPECT_THAT(outcome.unrecorded.value_or(""), HasSubstr("Backup failed uploading backup.info file (cannot put"));
}

// ---- A finished one -------------------------------------------------------------------------------------------------

TEST_F(TakeBackup, UploadsOneThatBarmanHasTaken) {
  catalog::BackupInfo info = take().info;
  info.server_name = "main";
  info.mode = "rsync-concurrent";
  put("home/base/20260101T000000/data/PG_VERSION", "16\n");
  put("home/base/20260101T000000/data/backup_label", "label");
  put("home/base/20260101T000000/data/global/pg_control", "control");
  put("home/base/20260101T000000/16386/PG_16_202307071/5/2", "two");
  put("home/info", catalog::serialize(info));
  NoProgress progress;
  const FinishedBackup backup{"20260101T000000", directory_.path() + "/home/base/20260101T000000",
                              directory_.path() + "/home/info"};
  const std::string prefix = "pg/main/base/20260101T000000/";
  const auto left = store_.begin_upload(prefix + "data.tar", {});  // by a hook script that was killed
  upload_finished(backup, request_.upload, store_, progress);
  EXPECT_TRUE(store_.open_uploads(prefix).empty());
  EXPECT_THAT(keys_in(store_, prefix), ElementsAre("16386.tar", "backup.info", "data.tar"));
  EXPECT_THAT(names_of(members_of(store_, prefix + "data.tar")),
              ElementsAre("./", "./PG_VERSION", "./backup_label", "global/", "global/pg_control"));
  EXPECT_EQ(store::read_object(store_, prefix + "backup.info"), catalog::serialize(info));
}

TEST_F(TakeBackup, RefusesACompressedOne) {
  catalog::BackupInfo info = take().info;
  info.compression = "gzip";
  put("home/info", catalog::serialize(info));
  NoProgress progress;
  EXPECT_THROW(upload_finished({"20260101T000000", directory_.path() + "/home", directory_.path() + "/home/info"},
                               request_.upload, store_, progress),
               Error);
}

// ---- Why it takes so long -------------------------------------------------------------------------------------------

TEST(ReasonToWait, NamesTheWalThatCannotBeArchived) {
  postgres::ArchiverStats stats;
  stats.last_failed_wal = "000000010000000000000003";
  stats.last_failed_time = parse_timestamp("2026-01-02 03:04:05+00");
  EXPECT_THAT(reason_to_wait(stats, std::chrono::seconds(10)),
              HasSubstr("its archive_command has failed for 000000010000000000000003, last at 2026-01-02 03:04:05"));
  stats.last_archived_wal = "000000010000000000000003";
  stats.last_archived_time = parse_timestamp("2026-01-02 03:04:06+00");
  EXPECT_THAT(reason_to_wait(stats, std::chrono::seconds(10)), HasSubstr("was archived is 000000010000000000000003"));
  EXPECT_THAT(reason_to_wait(std::nullopt, std::chrono::seconds(10)), HasSubstr("waiting for 10 seconds"));
  EXPECT_THAT(reason_to_wait(postgres::ArchiverStats{}, std::chrono::seconds(10)), HasSubstr("archive_command"));
}

}  // namespace
}  // namespace barman::cloud
