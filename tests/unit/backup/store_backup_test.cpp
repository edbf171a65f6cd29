// Backups of the cluster on this machine into an object store.
#include <fmt/core.h>
#include <gmock/gmock.h>

#include "barman/backup/backup.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/place.h"
#include "barman/core/error.h"
#include "fakes/notifier.h"
#include "fakes/postgres.h"
#include "fakes/runner.h"
#include "unit/catalog/fixture.h"
#include "unit/cloud/archive_content.h"
#include "unit/cloud/failing_store.h"

namespace barman::backup {
namespace {

using catalog::BackupStatus;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class LocalToCloud : public catalog::ServerDirectory {
 protected:
  LocalToCloud() {
    config_.backup_method = config::BackupMethod::local_to_cloud;
    config_.backup_options = {"concurrent_backup"};
    config_.basebackups_directory = "s3://lab/pg";
    config_.conninfo = "host=pg";
    global_.barman_lock_directory = path("locks");
    postgres_.settings["data_directory"] = path("pg");
    for (const char* file : {"config_file", "hba_file", "ident_file"}) postgres_.settings[file] = path("pg/file");
    write("pg/PG_VERSION", "16\n");
    write("pg/global/pg_control", "control");
    write("pg/base/5/1", "one");
  }

  // The store is opened once: it remembers what is to fail.
  Result take() {
    const ServerContext::Given given{
        .local = &runner_, .connect = &connect_, .open_place = [this](const std::string&, const config::ServerConfig&) {
          auto opened = std::make_unique<cloud::FailingStore>(path("bucket"));
          opened->parts_until_failure = parts_until_failure_;
          opened->puts_until_failure = puts_until_failure_;
          return cloud::Place{std::move(opened), {"pg", "s"}};
        }};
    ServerContext server(global_, config_, told_, given);
    NoProgress progress;
    Request request;
    request.immediate_checkpoint = true;
    request.keepalive_interval = 0;
    request.name = "weekly";
    return take_backup(request, server, progress);
  }
  std::string entry(const std::string& id) const { return read("s/meta/" + id + "-backup.info"); }
  std::string key(const Result& result, const std::string& name) const {
    return fmt::format("pg/s/base/{}/{}", result.info.backup_id, name);
  }
  std::unique_ptr<store::ObjectStore> store() const { return store::open_directory(path("bucket")); }

  config::GlobalConfig global_;
  fakes::RecordingNotifier told_;
  fakes::FakePostgres postgres_;
  const postgres::Connect connect_ = postgres_.connect();
  fakes::FakeRunner runner_{[](const exec::Command&) { return exec::Outcome{}; }};
  int parts_until_failure_ = -1, puts_until_failure_ = -1;
};

TEST_F(LocalToCloud, IsUploadedAndWaitsForItsWal) {
  const Result result = take();
  EXPECT_EQ(result.info.status, BackupStatus::waiting_for_wals);
  EXPECT_EQ(result.info.mode, "local-to-cloud-concurrent");
  EXPECT_EQ(result.info.backup_name, "weekly");
  EXPECT_GT(result.info.size.value_or(0), 0);
  EXPECT_EQ(store::read_object(*store(), key(result, "backup.info")), entry(result.info.backup_id));
  EXPECT_THAT(cloud::names_of(cloud::members_of(*store(), key(result, "data.tar"))), Contains("backup_label"));
  EXPECT_THAT(postgres_.asked, Contains(HasSubstr("pg_backup_stop(")));
  EXPECT_THAT(told_.errors, IsEmpty());
  ASSERT_GE(told_.infos.size(), 4U);
  EXPECT_EQ(told_.infos.front(),
            fmt::format("Starting backup using local-to-cloud-concurrent method for server s in pg/s/base/{}",
                        result.info.backup_id));
  EXPECT_EQ(told_.infos[1], "This is the first backup for server s");
  EXPECT_THAT(told_.infos, Contains(StartsWith("Backup size: ")));
  EXPECT_THAT(told_.infos, Contains(StartsWith("Backup end at LSN: ")));
  EXPECT_THAT(told_.infos, testing::Not(Contains(StartsWith("Backup start at LSN"))));
}

TEST_F(LocalToCloud, ThatFailsTakesBackWhatItSent) {
  parts_until_failure_ = 0;
  const Result result = take();
  EXPECT_EQ(result.info.status, BackupStatus::failed);
  EXPECT_THAT(result.info.error.value_or(""), StartsWith("failure uploading data (cannot put part of"));
  EXPECT_THAT(cloud::keys_in(*store(), "pg/s/base/"), ElementsAre(result.info.backup_id + "/backup.info"));
  EXPECT_THAT(store::read_object(*store(), key(result, "backup.info")), HasSubstr("status=FAILED"));
  EXPECT_THAT(store()->open_uploads("pg/"), IsEmpty());
}

// The first of its entries; nothing is known there of a backup that nobody can find.
TEST_F(LocalToCloud, FailsWhereItsEntryCannotBeWritten) {
  puts_until_failure_ = 0;
  EXPECT_THAT([&] { take(); }, testing::ThrowsMessage<Error>(HasSubstr("could not be written to s3://lab/pg/s/base/")));
  EXPECT_THAT(cloud::keys_in(*store(), "pg/s/base/"), IsEmpty());
}

TEST_F(LocalToCloud, EndsUploadsOfThoseThatWereKilled) {
  write("s/meta/20260101T000000-backup.info", "server_name=s\nmode=local-to-cloud-concurrent\nstatus=STARTED\n");
  auto opened = store();
  opened->create_bucket();
  const auto left = opened->begin_upload("pg/s/base/20260101T000000/data.tar");
  take();
  EXPECT_THAT(store()->open_uploads("pg/"), IsEmpty());
}

struct PlaceCase {
  const char* label;
  config::BackupMethod method;
  const char* url;
  const char* want;  // empty: it is supported
};
class Places : public LocalToCloud, public testing::WithParamInterface<PlaceCase> {};
TEST_P(Places, AreJudgedBefore) {
  config_.backup_method = GetParam().method;
  config_.basebackups_directory = GetParam().url;
  std::string said;
  try {
    check_supported(config_);
  } catch (const Error& error) {
    said = error.what();
  }
  EXPECT_THAT(said, StartsWith(GetParam().want));
  EXPECT_EQ(said.empty(), *GetParam().want == '\0');
}
INSTANTIATE_TEST_SUITE_P(Table, Places,
                         testing::Values(PlaceCase{"upload", config::BackupMethod::local_to_cloud, "s3://lab", ""},
                                         PlaceCase{"stream", config::BackupMethod::postgres, "gs://lab", ""},
                                         PlaceCase{"rsync", config::BackupMethod::rsync, "s3://lab",
                                                   "cloud backup destination is only supported"},
                                         PlaceCase{"nowhere", config::BackupMethod::local_to_cloud, "/base",
                                                   "'backup_method = local-to-cloud' needs the URL"}),
                         [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::backup
