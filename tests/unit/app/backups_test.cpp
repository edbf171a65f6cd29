// The backups of a server: what is said about them and what is done with them.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "barman/app/backup.h"
#include "barman/app/backup_actions.h"
#include "barman/app/backup_reports.h"
#include "barman/app/restore.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/report/drill.h"
#include "server_fixture.h"

namespace barman::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* older = "20260101T000000";
constexpr const char* newer = "20260102T000000";

class Backups : public OneServer {
 protected:
  Backups() {
    archive(1, 3);
    add_backup(older, 1);
    add_backup(newer, 2, "backup_name=weekly\n");
  }
  ReportError no_error() {
    return [](const Error& error) { ADD_FAILURE() << error.what(); };
  }
  report::RestoreReport restore_to(const std::string& destination) {
    RestoreOptions options;
    options.backup = "latest";
    options.destination = path(destination);
    return restore(server, options, progress);
  }
};

TEST_F(Backups, AreListedNewestFirst) {
  const report::BackupList list = list_backups(server, false, no_error());
  ASSERT_EQ(list.entries.size(), 2U);
  EXPECT_EQ(list.entries[0].id, newer);
  EXPECT_EQ(list.entries[0].name, "weekly");
  EXPECT_EQ(list.entries[0].wal_size, 1024 * 1024);
  EXPECT_EQ(list.entries[1].id, older);
}

TEST_F(Backups, AreListedWithHowLongTheyStay) {
  config.retention_policy =
      config::RetentionPolicy{config::RetentionPolicy::Kind::redundancy, config::RetentionPolicy::Unit::days, 1};
  add_backup("20260103T000000", 3);
  keep_backup(server, newer, /*standalone=*/true);
  report::Drill failed, passed;
  failed.backup_id = passed.backup_id = newer;
  passed.passed = true;
  passed.ended = Timestamp{1'700'000'000LL * 1'000'000, 0};
  write("main/.drill/history", report::to_json_text(failed) + "\n" + report::to_json_text(passed) + "\n");
  report::LongBackupList list = list_backups_long(server, no_error());
  ASSERT_EQ(list.entries.size(), 3U);
  ASSERT_TRUE(list.entries[1].drill);
  EXPECT_TRUE(list.entries[1].drill->passed) << "the last one";
  EXPECT_EQ(list.entries[1].drill->time, passed.ended);
  EXPECT_EQ(list.policy, "REDUNDANCY 1");
  EXPECT_EQ(list.entries[0].expires, "backups");
  EXPECT_EQ(list.entries[0].backups_until, 1);
  EXPECT_EQ(list.entries[1].backup.name, "weekly");
  EXPECT_EQ(list.entries[1].kept, "standalone");
  EXPECT_EQ(list.entries[1].expires, "kept");
  EXPECT_EQ(list.entries[2].expires, "due");
  EXPECT_FALSE(list.entries[2].drill);
  ASSERT_TRUE(list.entries[2].age);
  EXPECT_GT(*list.entries[2].age, std::chrono::hours(24));

  config.active = false;
  EXPECT_EQ(list_backups_long(server, no_error()).entries[2].expires, "none") << "cron leaves it alone";
}

TEST_F(Backups, ThatCannotBeReadAreReportedAndTheOthersListed) {
  write("main/meta/20260103T000000-backup.info", "status=DONE\nend_time=never\n");
  std::vector<std::string> errors;
  const auto list = list_backups(server, true, [&](const Error& error) { errors.emplace_back(error.what()); });
  EXPECT_EQ(list.entries.size(), 2U);
  EXPECT_THAT(errors, ElementsAre(HasSubstr("20260103T000000")));
}

TEST_F(Backups, OfATornChainAreListedMarkedAndShown) {
  config.retention_policy =
      config::RetentionPolicy{config::RetentionPolicy::Kind::redundancy, config::RetentionPolicy::Unit::days, 1};
  const std::string parent = "mode=postgres\nparent_backup_id=";
  add_backup("20260103T000000", 3, parent + "20251231T000000\n");
  add_backup("20260104T000000", 3, parent + "20260103T000000\n");
  add_backup("20260105T000000", 3, parent + newer + "\n", "FAILED");
  const report::BackupList list = list_backups(server, false, no_error());
  std::vector<std::string> torn;
  for (const auto& entry : list.entries)
    if (entry.torn) torn.push_back(entry.id);
  EXPECT_THAT(torn, ElementsAre("20260104T000000", "20260103T000000"));

  const report::BackupDetails details = describe_backup(server, "20260104T000000", no_error());
  ASSERT_TRUE(details.copied && details.copied->chain);
  EXPECT_EQ(details.copied->chain->root, "20260103T000000") << "the oldest that is there";
  EXPECT_EQ(details.copied->chain->parent, "20260103T000000");
  EXPECT_EQ(details.copied->chain->size, 2);
  EXPECT_THAT(details.copied->chain->problem.value_or(""), HasSubstr("20251231T000000, the parent of"));
  EXPECT_FALSE(describe_backup(server, "20260105T000000", no_error()).copied) << "a FAILED one shows no chain";

  delete_backup(server, "20260103T000000");
  EXPECT_THAT(notifier.errors, IsEmpty());
  EXPECT_FALSE(exists("main/meta/20260104T000000-backup.info"));
}

TEST_F(Backups, ThatFailedHaveTheirFilesListed) {
  add_backup("20260103T000000", 3, "end_wal=None\nbegin_wal=None\n", "FAILED");
  std::vector<std::string> files;
  list_files(server, "20260103T000000", FileTarget::standalone, false,
             [&](const std::string& file) { files.push_back(file); });
  EXPECT_THAT(files, Contains(testing::EndsWith("/data/PG_VERSION")));
}

TEST_F(Backups, AreDescribedByEveryNameOfTheirs) {
  for (const char* name : {newer, "latest", "weekly"}) {
    const report::BackupDetails details = describe_backup(server, name, no_error());
    EXPECT_EQ(details.id, newer);
    ASSERT_TRUE(details.copied);
    EXPECT_EQ(details.copied->previous, older);
    EXPECT_EQ(details.copied->later_wal_count, 1);
  }
  EXPECT_EQ(failure_of([&] { describe_backup(server, "20250101T000000", no_error()); }).code(), Errc::not_found);
}

TEST_F(Backups, HaveTheirFilesListed) {
  std::vector<std::string> files;
  const auto visit = [&](const std::string& file) { files.push_back(file.substr(directory.path().size())); };
  list_files(server, newer, FileTarget::data, false, visit);
  EXPECT_THAT(files, Contains(std::string("/main/base/") + newer + "/data/PG_VERSION"));
  files.clear();
  list_files(server, newer, FileTarget::wal, false, visit);
  const std::string wals = "/main/wals/0000000100000000/";
  EXPECT_THAT(files, ElementsAre(wals + wal(2), wals + wal(3)));
}

TEST_F(Backups, AreKeptAndReleased) {
  EXPECT_EQ(keep_status(server, newer).keep, "nokeep");
  keep_backup(server, newer, /*standalone=*/true);
  EXPECT_EQ(keep_status(server, newer).keep, "standalone");
  release_backup(server, newer);
  EXPECT_EQ(keep_status(server, newer).keep, "nokeep");
}

TEST_F(Backups, ThatHaveFailedAreNotKept) {
  add_backup("20260103T000000", 3, "", "FAILED");
  ServerContext again(global, config, notifier, postgres.connect());
  EXPECT_EQ(failure_of([&] { keep_backup(again, "20260103T000000", false); }).code(), Errc::refused);
}

TEST_F(Backups, AreDeletedWithTheWalThatNothingNeeds) {
  delete_backup(server, older);
  EXPECT_THAT(notifier.errors, IsEmpty());
  EXPECT_FALSE(exists(std::string("main/base/") + older));
  EXPECT_FALSE(exists("main/wals/0000000100000000/" + wal(1)));
  EXPECT_TRUE(exists("main/wals/0000000100000000/" + wal(2)));
}

TEST_F(Backups, ThatAreKeptAreNotDeleted) {
  keep_backup(server, older, false);
  delete_backup(server, older);
  EXPECT_THAT(notifier.errors, Contains(HasSubstr("Cannot delete backup (main 20260101T000000)")));
  EXPECT_TRUE(exists(std::string("main/base/") + older));
}

TEST_F(Backups, AreVerifiedAgainstTheManifestThatWasMadeOfThem) {
  generate_manifest(server, newer);
  EXPECT_TRUE(exists(std::string("main/base/") + newer + "/data/backup_manifest"));
  EXPECT_EQ(failure_of([&] { generate_manifest(server, newer); }).code(), Errc::refused);
  check_backup(server, newer);
  EXPECT_THAT(notifier.errors, IsEmpty());
}

TEST_F(Backups, GoOutAndComeBack) {
  fs::make_directories(path("out"));
  export_backup(
      server, {.backup = "latest", .directory = path("out"), .compression = {}, .level = {}},
      [](const report::SystemInfo&) { return std::string("{}"); }, progress);
  ASSERT_THAT(names("out"), testing::SizeIs(1));
  delete_backup(server, newer);
  ServerContext again(global, config, notifier, postgres.connect());
  import_backup(again, path("out/" + names("out").front()));
  EXPECT_THAT(notifier.errors, IsEmpty());
  ServerContext fresh(global, config, notifier, postgres.connect());
  EXPECT_EQ(list_backups(fresh, true, no_error()).entries.front().id, newer);
}

TEST_F(Backups, AreRestoredWithTheirWal) {
  const report::RestoreReport report = restore_to("restored");
  EXPECT_EQ(read("restored/PG_VERSION"), "16\n");
  EXPECT_TRUE(exists("restored/pg_wal/" + wal(2)));
  EXPECT_THAT(notifier.errors, IsEmpty());
}

TEST_F(Backups, ArePlannedWithoutWritingAnything) {
  write("main/incoming/" + wal(4), segment(4));
  RestoreOptions options;
  options.backup = "latest";
  for (const char* destination : {"", "restored"}) {
    if (*destination != 0) options.destination = path(destination);
    const report::RestorePlan plan = plan_restore(server, options);
    EXPECT_EQ(plan.backup_id, newer);
    EXPECT_EQ(plan.chosen, "asked for as 'latest'");
    EXPECT_EQ(plan.destination.has_value(), *destination != 0);
    EXPECT_EQ(plan.free_bytes.has_value(), *destination != 0);
    EXPECT_EQ(plan.target.kind, "latest");
    EXPECT_THAT(plan.settings, IsEmpty()) << "there is no recovery from an archive";
  }
  EXPECT_FALSE(exists("restored"));
  EXPECT_TRUE(exists("main/incoming/" + wal(4)));
  options.target.immediate = true;
  EXPECT_THAT(plan_restore(server, options).settings, testing::SizeIs(3));
  EXPECT_THAT(notifier.errors, IsEmpty());
}

TEST_F(Backups, AreNotRestoredOverSomethingElse) {
  write("restored/precious", "x");
  EXPECT_EQ(failure_of([&] { restore_to("restored"); }).code(), Errc::refused);
  EXPECT_EQ(read("restored/precious"), "x");
}

TEST(BackupName, IsNoOtherWayToNameABackup) {
  EXPECT_FALSE(problem_of_backup_name("weekly"));
  for (const char* name : {"", "20260101T000000", "latest", "a\nb"}) EXPECT_TRUE(problem_of_backup_name(name)) << name;
}

// By rsync on this machine, of a data directory beside the server's.
class TakeBackup : public OneServer {
 protected:
  TakeBackup() {
    config.backup_method = config::BackupMethod::local_rsync;
    config.backup_options = {"concurrent_backup"};
    write("pgdata/PG_VERSION", "16\n");
    write("pgdata/global/pg_control", "control");
    write("pgdata/base/1/1", "table");
    ::chmod(path("pgdata").c_str(), 0700);
    postgres.settings["data_directory"] = path("pgdata");
    for (const char* name : {"config_file", "hba_file", "ident_file"})
      postgres.settings[name] = path(std::string("pgdata/") + name);
    for (const char* name : {"config_file", "hba_file", "ident_file"}) write(std::string("pgdata/") + name, "");
    postgres.answer("FROM pg_backup_stop(", [this](const auto&) -> fakes::FakePostgres::Rows {
      write("main/incoming/" + wal(3), segment(3));  // archive_command has run
      return {{postgres.lsn, "START WAL LOCATION: 0/3000028 (file " + wal(3) + ")\n", "1", postgres.time}};
    });
    postgres.answer("wal_segment_size", {{"1048576"}});
    postgres.lsn = "0/300060";
    archive(1, 2);
  }
  bool take() {
    return take_backup(server, {}, progress, [this](const catalog::BackupInfo& info) { taken_ = info; });
  }

  catalog::BackupInfo taken_;
};

TEST_F(TakeBackup, CopiesAndArchivesWhatItWaitsFor) {
  EXPECT_TRUE(take());
  EXPECT_THAT(notifier.errors, IsEmpty());
  EXPECT_EQ(taken_.status, catalog::BackupStatus::waiting_for_wals);
  EXPECT_EQ(read("main/base/" + taken_.backup_id + "/data/base/1/1"), "table");
  ServerContext again(global, config, notifier, postgres.connect());
  EXPECT_EQ(again.backups().resolve("latest").status, catalog::BackupStatus::done);
  EXPECT_TRUE(exists("main/identity.json"));
}

TEST_F(TakeBackup, IsRefusedWhenACheckFails) {
  postgres.may_backup = false;
  const Error refused = failure_of([&] { take(); });
  EXPECT_EQ(refused.code(), Errc::refused);
  EXPECT_THAT(refused.what(), HasSubstr("Impossible to start the backup"));
  EXPECT_THAT(server.backups().all(), IsEmpty());
}

TEST_F(TakeBackup, ThatPostgresLosesFails) {
  postgres.answer("FROM pg_backup_stop(", [](const auto&) -> fakes::FakePostgres::Rows {
    throw Error(Errc::postgres, "server closed the connection unexpectedly");
  });
  take();
  EXPECT_EQ(taken_.status, catalog::BackupStatus::failed);
  EXPECT_THAT(notifier.errors, Contains(HasSubstr("server closed the connection")));
}

// Which PostgreSQL 14 and earlier have.
class TakeExclusiveBackup : public TakeBackup {
 protected:
  TakeExclusiveBackup() {
    config.backup_options = {"exclusive_backup"};
    postgres.version = 140005;
    postgres.answer("pg_is_in_backup()",
                    [this](const auto&) -> fakes::FakePostgres::Rows { return {{in_backup_ ? "t" : "f"}}; });
    postgres.answer("pg_start_backup($1, $2)", [this](const auto&) -> fakes::FakePostgres::Rows {
      if (in_backup_) throw postgres::QueryError("55000", "a backup is already in progress");
      in_backup_ = true;
      write("pgdata/backup_label", "START WAL LOCATION: " + label_ + " (file " + wal(3) + ")\n");
      return {{"0/300028", wal(3), "40", postgres.time}};
    });
    postgres.answer("pg_stop_backup(TRUE, $1)", [this](const auto& parameters) -> fakes::FakePostgres::Rows {
      if (!in_backup_) throw postgres::QueryError("55000", "exclusive backup not in progress");
      in_backup_ = false;
      waits_.push_back(parameters.front());
      fs::remove_file(path("pgdata/backup_label"));
      write("main/incoming/" + wal(3), segment(3));
      return {{"0/300100", "1", postgres.time}};
    });
  }

  bool in_backup_ = false;
  std::string label_ = "0/300028";
  std::vector<std::string> waits_;
};

TEST_F(TakeExclusiveBackup, LeavesTheLabelInTheCopy) {
  EXPECT_TRUE(take());
  EXPECT_THAT(notifier.errors, IsEmpty());
  EXPECT_EQ(taken_.mode, "rsync-exclusive");
  EXPECT_EQ(taken_.backup_label, std::nullopt);
  EXPECT_EQ(taken_.timeline, 1);
  EXPECT_EQ(taken_.begin_wal, wal(3));
  EXPECT_TRUE(exists("main/base/" + taken_.backup_id + "/data/backup_label"));
  EXPECT_THAT(waits_, ElementsAre("true"));
  EXPECT_FALSE(in_backup_);
}

TEST_F(TakeExclusiveBackup, LeavesBackupModeWhenItFails) {
  postgres.settings["hba_file"] = path("nowhere/pg_hba.conf");  // outside PGDATA, and not there
  take();
  EXPECT_EQ(taken_.status, catalog::BackupStatus::failed);
  EXPECT_FALSE(in_backup_);
  EXPECT_THAT(waits_, ElementsAre("false")) << "a full archive must not hold it up";
}

TEST_F(TakeExclusiveBackup, FailsWithTheLabelOfAnother) {
  label_ = "0/100028";
  take();
  EXPECT_EQ(taken_.status, catalog::BackupStatus::failed);
  EXPECT_THAT(notifier.errors, Contains(HasSubstr("is not the label of this backup, which begins at 0/300028")));
  EXPECT_FALSE(in_backup_);
}

TEST_F(TakeExclusiveBackup, LeavesThatOfSomebodyElseAlone) {
  in_backup_ = true;
  take();
  EXPECT_EQ(taken_.status, catalog::BackupStatus::failed);
  EXPECT_THAT(notifier.errors, Contains(HasSubstr("PostgreSQL is in an exclusive backup already")));
  EXPECT_TRUE(in_backup_);
}

TEST_F(TakeExclusiveBackup, SaysSoWhenBackupModeCannotBeLeft) {
  postgres.answer("pg_stop_backup(TRUE, $1)", [](const auto&) -> fakes::FakePostgres::Rows {
    throw Error(Errc::postgres, "server closed the connection unexpectedly");
  });
  take();
  EXPECT_EQ(taken_.status, catalog::BackupStatus::failed);
  EXPECT_THAT(notifier.errors, Contains(HasSubstr("PostgreSQL may still be in backup mode")));
}

TEST_F(TakeExclusiveBackup, IsRefusedWherePostgresHasNone) {
  postgres.version = 150002;
  EXPECT_EQ(failure_of([&] { take(); }).code(), Errc::refused);
}

TEST_F(TakeBackup, OfAParentNeedsAPostgresThatCan) {
  add_backup(older, 1);
  BackupOptions options;
  options.parent = "latest";
  EXPECT_THAT(failure_of([&] { take_backup(server, options, progress, [](const auto&) {}); }).what(),
              HasSubstr("Postgres version 17 or greater is required"));
}

// On top of a full backup of PostgreSQL 17, as far as the check, which finds too old a pg_basebackup, whatever this
// machine has.
class TakeIncrement : public OneServer {
 protected:
  TakeIncrement() {
    config.backup_method = config::BackupMethod::postgres;
    config.path_prefix = path("programs");
    write("programs/pg_basebackup", "#!/bin/sh\necho 'pg_basebackup (PostgreSQL) 15.1'\n");
    ::chmod(path("programs/pg_basebackup").c_str(), 0755);
    postgres.version = 170002;
    postgres.system_identifier = "77";
    postgres.settings["summarize_wal"] = "on";
    archive(1, 2);
    add_backup(older, 1, "mode=postgres\nsummarize_wal=on\n");
    write(std::string("main/base/") + older + "/data/backup_manifest",
          "{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n\"System-Identifier\": 77,\n");
  }
  Error take() {
    BackupOptions options;
    options.parent = "latest-full";
    return failure_of([&] { take_backup(server, options, progress, [](const auto&) {}); });
  }
};

TEST_F(TakeIncrement, ComesAsFarAsTheCheck) {
  EXPECT_THAT(take().what(), HasSubstr("Impossible to start the backup"));
  EXPECT_THAT(notifier.warnings, IsEmpty());
}

TEST_F(TakeIncrement, WarnsWhenTheChainIsObsolete) {
  config.retention_policy =
      config::RetentionPolicy{config::RetentionPolicy::Kind::redundancy, config::RetentionPolicy::Unit::days, 1};
  add_backup(newer, 2, "mode=postgres\nsummarize_wal=on\n");
  BackupOptions options;
  options.parent = older;
  failure_of([&] { take_backup(server, options, progress, [](const auto&) {}); });
  EXPECT_THAT(notifier.warnings, ElementsAre(HasSubstr("is OBSOLETE by the retention policy")));
}

}  // namespace
}  // namespace barman::app
