#include "barman/cloud/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive_content.h"
#include "barman/cloud/backup.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "failing_store.h"
#include "fakes/postgres.h"

namespace barman::cloud {
namespace {

using codec::Algorithm;
using testing::ElementsAre;
using testing::HasSubstr;

// A backup with a tablespace, taken by take_backup().
class RestoreBackup : public testing::Test {
 protected:
  RestoreBackup() {
    fake_.settings["data_directory"] = path("pg/data");
    fake_.settings["config_file"] = path("pg/data/postgresql.conf");
    fake_.settings["hba_file"] = path("pg/data/pg_hba.conf");
    fake_.settings["ident_file"] = path("pg/data/pg_ident.conf");
    fake_.answer("pg_tablespace_location", fakes::FakePostgres::Rows{{"tbs1", "16386", path("pg/ts")}});
    put("pg/data/PG_VERSION", "16\n");
    put("pg/data/global/pg_control", "control");
    put("pg/data/base/5/1", std::string(100'000, 'a'));
    put("pg/data/base/5/2", std::string(100'000, 'b'));
    put("pg/data/pg_wal/000000010000000000000003", "wal");
    put("pg/ts/PG_16_202307071/5/2", "two");
    upload_.layout = {"", "main"};
    upload_.min_chunk_size = 4096;
    request_.layout = upload_.layout;
    request_.destination = path("new/data");
    request_.relocations = {{"tbs1", path("new/ts")}};
  }
  std::string path(const std::string& below) { return directory_.path() + "/" + below; }
  void put(const std::string& below, std::string_view content) {
    fs::make_directories(fs::parent_directory(path(below)));
    fs::replace_file(path(below), content);
  }
  void back_up(std::optional<Algorithm> compression = {}) {
    upload_.compression = compression;
    postgres::Server server("", {}, fake_.connect());
    NoProgress progress;
    const BackupOutcome outcome = take_backup({.upload = upload_, .name = {}}, store_, server, {}, progress);
    ASSERT_FALSE(outcome.failure) << *outcome.failure;
    request_.backup = outcome.info;
    prefix_ = upload_.layout.backup(outcome.info.backup_id);
  }
  void restore() {
    NoProgress progress;
    restore_backup(request_, store_, progress);
  }
  Error failure() {
    try {
      restore();
    } catch (const Error& error) {
      return error;
    }
    return {Errc::io, "nothing has failed"};
  }
  void expect_nothing_restored() {
    EXPECT_FALSE(fs::exists(path("new")));
    EXPECT_TRUE(store_.open_uploads("").empty());
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  FailingStore store_{directory_.path() + "/store"};
  fakes::FakePostgres fake_;
  UploadRequest upload_;
  RestoreRequest request_;
  std::string prefix_;
};

struct FormatCase {
  const char* label;
  std::optional<Algorithm> compression;
};
class RestoreFormats : public RestoreBackup, public testing::WithParamInterface<FormatCase> {};

TEST_P(RestoreFormats, GiveTheClusterBack) {
  back_up(GetParam().compression);
  restore();
  const std::string data = path("new/data");
  EXPECT_EQ(fs::read_file(data + "/base/5/2"), std::string(100'000, 'b'));
  EXPECT_EQ(fs::read_file(data + "/global/pg_control"), "control");
  EXPECT_THAT(fs::read_file(data + "/backup_label"), HasSubstr("START WAL LOCATION"));
  EXPECT_TRUE(fs::list_directory(data + "/pg_wal").empty());
  EXPECT_EQ(fs::read_file(data + "/pg_tblspc/16386/PG_16_202307071/5/2"), "two");
  EXPECT_TRUE(S_ISLNK(fs::lstat_if_exists(data + "/pg_tblspc/16386")->st_mode));
  EXPECT_EQ(fs::real_path(data + "/pg_tblspc/16386"), fs::real_path(path("new/ts")));
}

INSTANTIATE_TEST_SUITE_P(Compressions, RestoreFormats,
                         testing::Values(FormatCase{"none", std::nullopt}, FormatCase{"gzip", Algorithm::gzip},
                                         FormatCase{"bzip2", Algorithm::bzip2}, FormatCase{"lz4", Algorithm::lz4},
                                         FormatCase{"snappy", Algorithm::snappy}, FormatCase{"zstd", Algorithm::zstd}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST_F(RestoreBackup, PutsSplitArchivesTogether) {
  upload_.max_archive_size = 50'000;
  back_up();
  EXPECT_THAT(keys_in(store_, prefix_),
              ElementsAre("16386.tar", "backup.info", "data.tar", "data_0001.tar", "data_0002.tar"));
  restore();
  EXPECT_EQ(fs::read_file(path("new/data/base/5/1")), std::string(100'000, 'a'));
  EXPECT_EQ(fs::read_file(path("new/data/base/5/2")), std::string(100'000, 'b'));
}

TEST_F(RestoreBackup, ReadsArchivesOfSeveralMembers) {
  back_up();
  const std::string tar = store::read_object(store_, prefix_ + "data.tar");
  std::string packed;
  for (const std::string& half : {tar.substr(0, 70'000), tar.substr(70'000)}) {
    codec::StreamEncoder encoder(codec::stored_as(Algorithm::gzip), "half",
                                 [&](std::string_view bytes) { packed += bytes; });
    encoder.write(half);
    encoder.finish();
  }
  store_.put(prefix_ + "data.tar.gz", store::Body::of(packed), {});
  store_.remove({prefix_ + "data.tar"});
  restore();
  EXPECT_EQ(fs::read_file(path("new/data/base/5/2")), std::string(100'000, 'b'));
}

TEST_F(RestoreBackup, UsesEmptyDirectoriesThatAreThere) {
  back_up();
  fs::make_directories(path("new/data"));
  fs::make_directories(path("new/ts"));
  restore();
  EXPECT_EQ(fs::read_file(path("new/data/PG_VERSION")), "16\n");
}

TEST_F(RestoreBackup, RefusesDestinationsInUse) {
  back_up();
  put("new/ts/.hidden", "");
  const Error error = failure();
  EXPECT_EQ(error.what(), "Destination " + path("new/ts") + " already exists and it is not empty");
  EXPECT_EQ(error.code(), Errc::refused);
  EXPECT_FALSE(fs::exists(path("new/data")));
}

TEST_F(RestoreBackup, RemovesWhatAKilledRestoreLeft) {
  back_up();
  const std::string mark = "new/ts/.barman-cloud-restore.lock";
  put(mark, "1\n");
  put("new/ts/PG_16_202307071/5/half", "ha");
  restore();
  EXPECT_FALSE(fs::exists(path("new/ts/PG_16_202307071/5/half")));
  EXPECT_EQ(fs::read_file(path("new/ts/PG_16_202307071/5/2")), "two");
  EXPECT_FALSE(fs::exists(path(mark)));
  EXPECT_FALSE(fs::exists(path("new/data/.barman-cloud-restore.lock")));
}

TEST_F(RestoreBackup, LeavesADestinationToWhoRestoresThere) {
  back_up();
  const std::string mark = "new/ts/.barman-cloud-restore.lock";
  put("new/ts/half", "ha");
  put(mark, "");
  const auto lock = fs::LockFile::try_acquire(path(mark));
  const Error error = failure();
  EXPECT_THAT(error.what(), HasSubstr("Destination " + path("new/ts") + " is in use: "));
  EXPECT_EQ(error.code(), Errc::refused);
  EXPECT_TRUE(fs::exists(path("new/ts/half")));
  EXPECT_FALSE(fs::exists(path("new/data")));
}

TEST_F(RestoreBackup, RefusesOneDestinationForTwo) {
  back_up();
  request_.relocations["tbs1"] = path("new/data");
  EXPECT_THAT(failure().what(), HasSubstr("is the destination of several parts of the backup"));
  request_.relocations["tbs1"] = path("new/data/a/ts");
  EXPECT_THAT(failure().what(), HasSubstr("lies in another one, " + path("new/data")));
  request_.relocations["tbs1"] = path("new");
  EXPECT_THAT(failure().what(), HasSubstr("lies in another one, " + path("new")));
  expect_nothing_restored();
}

TEST_F(RestoreBackup, RefusesRulesForUnknownTablespaces) {
  back_up();
  request_.relocations["tbs2"] = path("new/other");
  EXPECT_THAT(failure().what(), HasSubstr("has no tablespace 'tbs2'"));
  expect_nothing_restored();
}

TEST_F(RestoreBackup, RefusesToBeginWithoutAnArchive) {
  upload_.max_archive_size = 50'000;
  back_up();
  store_.remove({prefix_ + "data_0001.tar"});
  const Error gap = failure();
  EXPECT_EQ(gap.what(), "Missing file " + prefix_ + "data_0001.* for server main");
  EXPECT_EQ(gap.code(), Errc::not_found);
  store_.remove({prefix_ + "data.tar", prefix_ + "data_0002.tar"});
  EXPECT_EQ(failure().what(), "Missing file " + prefix_ + "data.* for server main");
  expect_nothing_restored();
}

TEST_F(RestoreBackup, NoticesThatTheLastArchiveIsMissing) {
  upload_.max_archive_size = 50'000;
  back_up();
  store_.remove({prefix_ + "data_0002.tar"});
  EXPECT_THAT(failure().what(), HasSubstr("hold no backup_label"));
  expect_nothing_restored();
}

TEST_F(RestoreBackup, RefusesAnArchiveThatIsThereTwice) {
  back_up();
  store_.put(prefix_ + "data.tar.gz", store::Body::of("x"), {});
  EXPECT_THAT(failure().what(), HasSubstr("claim to be the same archive"));
  expect_nothing_restored();
}

TEST_F(RestoreBackup, LeavesNothingOfADamagedArchive) {
  back_up(Algorithm::zstd);
  std::string packed = store::read_object(store_, prefix_ + "data.tar.zst");
  packed.resize(packed.size() / 2);
  store_.put(prefix_ + "data.tar.zst", store::Body::of(packed), {});
  EXPECT_EQ(failure().code(), Errc::corrupt);
  expect_nothing_restored();
}

TEST_F(RestoreBackup, LeavesADirectoryThatWasThereEmpty) {
  back_up();
  fs::make_directories(path("new/data"));
  const std::string tar = store::read_object(store_, prefix_ + "data.tar");
  store_.put(prefix_ + "data.tar", store::Body::of(tar.substr(0, 70'000)), {});
  EXPECT_EQ(failure().code(), Errc::corrupt);
  EXPECT_TRUE(fs::list_directory(path("new/data")).empty());
  EXPECT_FALSE(fs::exists(path("new/ts")));
}

TEST_F(RestoreBackup, RefusesWhatIsNotWhole) {
  back_up();
  request_.backup.set_status(catalog::BackupStatus::started);
  EXPECT_THAT(failure().what(), HasSubstr("backup status is not DONE"));
  request_.backup.set_status(catalog::BackupStatus::done);
  request_.backup.snapshots_info = "{}";
  EXPECT_THAT(failure().what(),
              HasSubstr("is a snapshot backup therefore tablespace relocation rules cannot be used."));
  request_.relocations.clear();
  EXPECT_EQ(failure().code(), Errc::unsupported);
  expect_nothing_restored();
}

// ---- Which one ------------------------------------------------------------------------------------------------------

catalog::BackupInfo ended(const char* id, const char* time, const char* lsn, std::int64_t timeline) {
  catalog::BackupInfo info;
  info.backup_id = id;
  info.set_status(catalog::BackupStatus::done);
  info.end_time = parse_timestamp(time);
  info.end_xlog = lsn;
  info.timeline = timeline;
  return info;
}

struct ChoiceCase {
  const char* label;
  RecoveryGoal goal;
  const char* want;  // "": none
};
class ChooseForRecovery : public testing::TestWithParam<ChoiceCase> {};

TEST_P(ChooseForRecovery, TakesTheNewestBeforeTheGoal) {
  std::vector<catalog::BackupInfo> backups = {
      ended("A", "2026-01-01 00:00:00+00", "0/1000000", 1), ended("B", "2026-01-02 00:00:00+00", "0/2000000", 1),
      ended("C", "2026-01-03 00:00:00+00", "0/3000000", 2), ended("D", "2026-01-04 00:00:00+00", "0/4000000", 2)};
  backups.back().set_status(catalog::BackupStatus::failed);
  backups.back().end_time.reset();
  try {
    EXPECT_EQ(choose_for_recovery(backups, GetParam().goal, 2).backup_id, GetParam().want);
  } catch (const Error& error) {
    EXPECT_STREQ(GetParam().want, "");
    EXPECT_EQ(error.code(), Errc::refused);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Goals, ChooseForRecovery,
    testing::Values(ChoiceCase{"none", {}, "C"},
                    ChoiceCase{"time", {.time = parse_timestamp("2026-01-02 12:00:00+00")}, "B"},
                    ChoiceCase{"time_of_end", {.time = parse_timestamp("2026-01-02 00:00:00+00")}, "B"},
                    ChoiceCase{"too_early", {.time = parse_timestamp("2025-01-02 12:00:00+00")}, ""},
                    ChoiceCase{"lsn", {.lsn = parse_lsn("0/1800000")}, "A"},
                    ChoiceCase{"timeline", {.timeline = "1"}, "B"}, ChoiceCase{"latest", {.timeline = "latest"}, "C"},
                    ChoiceCase{"unknown_timeline", {.timeline = "7"}, ""},
                    ChoiceCase{"current", {.timeline = "current"}, ""}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(HighestTimeline, ComesFromDirectoriesAndHistories) {
  const fs::TemporaryDirectory directory("barman-test-");
  FailingStore store(directory.path());
  const Layout layout{"p", "main"};
  EXPECT_EQ(highest_timeline(store, layout), 1);
  store.put("p/main/wals/0000000200000000/000000020000000000000001", store::Body::of("x"), {});
  EXPECT_EQ(highest_timeline(store, layout), 2);
  store.put("p/main/wals/0000000A.history.gz", store::Body::of("x"), {});
  EXPECT_EQ(highest_timeline(store, layout), 10);
}

}  // namespace
}  // namespace barman::cloud
