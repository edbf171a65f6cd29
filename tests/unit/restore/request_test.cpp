#include "barman/restore/request.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::restore {
namespace {

class RequestChecks : public testing::Test {
 protected:
  RequestChecks() {
    config.name = "main";
    backup.backup_id = "20260101T000000";
    backup.mode = "postgres";
    backup.set_status(catalog::BackupStatus::done);
    request.backup_argument = "latest";
    request.destination = "/restored";
  }
  // The refusal, or nothing.
  std::string refusal() const {
    try {
      check_restorable(request, backup, config);
      const Chain chain = parent ? Chain{&*parent, &backup} : Chain{&backup};
      check_staging(request, chain, config);
      check_placement(request, chain);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  config::ServerConfig config;
  catalog::BackupInfo backup;
  std::optional<catalog::BackupInfo> parent;  // when there is one
  RestoreRequest request;
};

TEST_F(RequestChecks, TakeAnOrdinaryRequest) { EXPECT_EQ(refusal(), ""); }

TEST_F(RequestChecks, TakeOneTargetOnly) {
  request.target.immediate = true;
  request.target.xid = "7";
  EXPECT_EQ(refusal(), "You cannot specify multiple targets for the recovery operation");
}

TEST_F(RequestChecks, WantAFinishedBackup) {
  backup.set_status(catalog::BackupStatus::waiting_for_wals);
  EXPECT_EQ(refusal(), "");
  backup.set_status(catalog::BackupStatus::failed);
  EXPECT_EQ(refusal(), "Cannot restore from backup 'latest' of server 'main': backup status is not DONE");
}

TEST_F(RequestChecks, WantAWorkAreaForDecompression) {
  request.staging_for_decompression = false;
  EXPECT_EQ(refusal(), "");
  backup.compression = "gzip";
  EXPECT_EQ(refusal(),
            "Cannot restore from backup 'latest' of server 'main': backup is compressed with gzip compression and it "
            "will be decompressed in a staging area but no staging path was provided. Please set staging_path and "
            "staging_location in the server configuration file, or use their equivalent CLI options --staging-path and "
            "--staging-location");
}

// Barman asks by what the backup itself is: D-RST-28.
TEST_F(RequestChecks, WantAWorkAreaForEveryMemberOfAChain) {
  const std::string start = "Cannot restore from backup 'latest' of server 'main': backup ";
  const std::string end =
      " was provided. Please set staging_path and staging_location in the server configuration file, or use their "
      "equivalent CLI options --staging-path and --staging-location";
  request.staging_for_combination = false;
  EXPECT_EQ(refusal(), "");
  parent.emplace();
  EXPECT_EQ(
      refusal(),
      start + "has to be combined with pg_combinebackup in a staging area but no staging path and location" + end);
  request.staging_for_combination = true;
  request.staging_for_decompression = false;
  EXPECT_EQ(refusal(), "");
  parent->compression = "zstd";
  EXPECT_EQ(refusal(), start +
                           "is compressed with zstd compression and it will be decompressed in a staging area but no "
                           "staging path" +
                           end);
}

TEST_F(RequestChecks, LetNoDeltaRestoreCompareWithAChainHere) {
  request.delta = true;
  parent.emplace();
  EXPECT_EQ(refusal(), "Cannot restore a backup locally with delta mode when the backup is not plain.");
  request.remote_ssh_command = "ssh db";
  EXPECT_EQ(refusal(), "");
}

TEST_F(RequestChecks, WantAHostForARemoteWorkArea) {
  request.staging_location = config::StagingLocation::remote;
  EXPECT_EQ(refusal(), "--staging-location as remote requires --remote-ssh-command to be set");
}

TEST_F(RequestChecks, LetDeltaRestoreCompareOnlyWhatLiesUnpackedHere) {
  request.delta = true;
  EXPECT_EQ(refusal(), "");
  backup.compression = "gzip";
  EXPECT_EQ(refusal(), "Cannot restore a backup locally with delta mode when the backup is not plain.");
  request.remote_ssh_command = "ssh db";
  EXPECT_EQ(refusal(), "");
  request.staging_location = config::StagingLocation::remote;
  EXPECT_EQ(refusal(), "Cannot restore a backup remotely with delta mode when 'staging_location=remote'.");
}

TEST_F(RequestChecks, KnowTheTablespacesOfTheBackup) {
  request.relocations = {{"fast", "/elsewhere"}};
  EXPECT_EQ(refusal(), "Invalid tablespace name 'fast'\nHINT: This backup has no tablespaces");
  backup.tablespaces = {{{.name = "slow", .oid = 16386, .location = "/slow"}}};
  EXPECT_EQ(refusal(), "Invalid tablespace name 'fast'\nHINT: Please use any of the following tablespaces: slow");
}

TEST_F(RequestChecks, WantAPlaceForEachTablespace) {
  backup.tablespaces = {
      {{.name = "slow", .oid = 16386, .location = "/slow"}, {.name = "fast", .oid = 16387, .location = "/fast"}}};
  EXPECT_EQ(refusal(), "");
  request.relocations = {{"fast", "/other/..//slow/"}};
  EXPECT_EQ(refusal(),
            "The restore operation cannot proceed. The tablespaces 'slow' and 'fast' have the same destination path "
            "'/other/..//slow/'.");
  request.relocations = {{"fast", "/restored/."}};
  EXPECT_EQ(refusal(),
            "The restore operation cannot proceed. The destination path '/restored/.' for the tablespace 'fast' is the "
            "destination folder itself.");
  request.relocations = {{"fast", "/slow/fast"}, {"slow", "/restored/slow"}};
  EXPECT_EQ(refusal(), "");
}

TEST_F(RequestChecks, SeeThroughLinksWhereTwoTablespacesMeet) {
  const fs::TemporaryDirectory scratch("barman-restore-");
  const auto host = fs::make_local_host(std::chrono::seconds(60));
  SilentNotifier notifier;
  request.destination = scratch.path() + "/data";
  ASSERT_EQ(::symlink(".", (scratch.path() + "/link").c_str()), 0);
  backup.tablespaces = {{{.name = "slow", .oid = 16386, .location = scratch.path() + "/ts"},
                         {.name = "fast", .oid = 16387, .location = scratch.path() + "/link/ts"}}};
  try {
    check_destination(request, backup, *host, notifier);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("The tablespaces 'slow' and 'fast' have the same destination path"),
              std::string::npos)
        << error.what();
  }
  request.relocations = {{"fast", scratch.path() + "/other"}};
  EXPECT_NO_THROW(check_destination(request, backup, *host, notifier));
}

TEST_F(RequestChecks, HintAtAnotherPlaceForATablespaceThatCannotBeRead) {
  const fs::TemporaryDirectory scratch("barman-restore-");
  const auto host = fs::make_local_host(std::chrono::seconds(60));
  SilentNotifier notifier;
  request.destination = scratch.path() + "/data";
  fs::replace_file(scratch.path() + "/file", "");
  backup.tablespaces = {{{.name = "slow", .oid = 16386, .location = scratch.path() + "/file/ts"}}};
  try {
    check_destination(request, backup, *host, notifier);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("the destination path '" + scratch.path() +
                        "/file/ts' for the tablespace "
                        "'slow'"),
              std::string::npos)
        << error.what();
    EXPECT_EQ(error.hint(), "put it somewhere else with --tablespace 'slow:DIRECTORY'");
  }
}

}  // namespace
}  // namespace barman::restore
