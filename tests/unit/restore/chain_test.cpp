#include "barman/restore/chain.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::restore {
namespace {

using catalog::BackupInfo;

TEST(Mismatch, IsSeenInWhatTheEntriesSay) {
  struct Case {
    std::optional<std::string> parent_system, child_system, begin, label;
    bool fits;
  };
  const std::string taken = "INCREMENTAL FROM LSN: 0/4000028\nINCREMENTAL FROM TLI: 1\n";
  const std::vector<Case> table = {
      {"1", "1", "0/4000028", taken, true},
      {"1", "2", "0/4000028", taken, false},
      {std::nullopt, "2", "0/4000028", taken, true},
      {"1", "1", "0/4000028", std::nullopt, true},
      {"1", "1", std::nullopt, taken, true},
      {"1", "1", "0/5000028", taken, false},
      {"1", "1", "0/5000028", "START WAL LOCATION: 0/6000028 (file 000000010000000000000006)\n", true},
  };
  for (const Case& row : table) {
    BackupInfo parent, child;
    parent.backup_id = "p";
    parent.systemid = row.parent_system;
    parent.begin_xlog = row.begin;
    child.backup_id = "c";
    child.systemid = row.child_system;
    child.backup_label = row.label;
    EXPECT_EQ(!mismatch(parent, child), row.fits) << mismatch(parent, child).value_or("");
  }
}

TEST(GainedChecksums, AreThoseThatAnAncestorLacks) {
  BackupInfo on, off, unknown;
  on.data_checksums = "on";
  off.data_checksums = "off";
  EXPECT_TRUE(gained_checksums({&off, &on}));
  EXPECT_FALSE(gained_checksums({&on, &off}));
  EXPECT_FALSE(gained_checksums({&on, &on}));
  EXPECT_FALSE(gained_checksums({&unknown, &on}));
}

// A full backup and an incremental one on disk.
class WholeChain : public testing::Test {
 protected:
  WholeChain() {
    config_.name = "main";
    config_.backup_directory = directory_.path();
    config_.basebackups_directory = directory_.path() + "/base";
    for (BackupInfo* backup : {&full_, &incremental_}) {
      backup->mode = "postgres";
      backup->systemid = "7";
      backup->set_status(catalog::BackupStatus::done);
    }
    full_.backup_id = "20260101T000000";
    incremental_.backup_id = "20260102T000000";
    incremental_.parent_backup_id = full_.backup_id;
    for (const BackupInfo* backup : {&full_, &incremental_}) {
      write(*backup, "global/pg_control", "control");
      write(*backup, "backup_manifest", R"({ "PostgreSQL-Backup-Manifest-Version": 2, "System-Identifier": 7, })");
    }
  }
  std::string path(const BackupInfo& backup, const std::string& name) const {
    return config_.basebackups_directory + '/' + backup.backup_id + "/data/" + name;
  }
  void write(const BackupInfo& backup, const std::string& name, std::string_view bytes) const {
    fs::make_directories(fs::parent_directory(path(backup, name)));
    std::ofstream(path(backup, name)) << bytes;
  }
  std::string refusal(const catalog::BackupChain& chain) const {
    try {
      require_whole(chain, catalog::BackupCatalog(config_));
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }
  std::string refusal() const { return refusal({{&full_, &incremental_}, std::nullopt}); }

  fs::TemporaryDirectory directory_{"chain-test-"};
  config::ServerConfig config_;
  BackupInfo full_, incremental_;
};

TEST_F(WholeChain, IsTaken) { EXPECT_EQ(refusal(), ""); }

TEST_F(WholeChain, NamesWhatIsMissing) {
  EXPECT_EQ(
      refusal({{&incremental_}, full_.backup_id}),
      "Cannot restore backup 20260102T000000: backup 20260101T000000, the parent of 20260102T000000, is not in the "
      "catalogue");
  full_.set_status(catalog::BackupStatus::failed);
  EXPECT_EQ(refusal(), "Cannot restore backup 20260102T000000: backup 20260101T000000 has status FAILED");
}

TEST_F(WholeChain, WantsTheFilesOfEveryMember) {
  fs::remove_file(path(full_, "global/pg_control"));
  EXPECT_EQ(refusal(),
            "Cannot restore backup 20260102T000000: the files of backup 20260101T000000 are gone: there is no '" +
                path(full_, "global/pg_control") + "'");
  full_.compression = "gzip";
  EXPECT_NE(refusal().find("no archive base.tar* in"), std::string::npos) << refusal();
  write(full_, "base.tar.gz", "");
  EXPECT_EQ(refusal(), "");
  fs::remove_file(path(full_, "backup_manifest"));
  EXPECT_NE(refusal().find("backup 20260101T000000 has no manifest"), std::string::npos) << refusal();
}

TEST_F(WholeChain, TakesNoManifestOfAnotherCluster) {
  write(full_, "backup_manifest", R"({ "PostgreSQL-Backup-Manifest-Version": 2, "System-Identifier": 8, })");
  EXPECT_NE(refusal().find("is of another cluster (system identifier 8, that of backup 20260101T000000 is 7)"),
            std::string::npos)
      << refusal();
  write(full_, "backup_manifest", "nonsense");
  EXPECT_NE(refusal().find("is not a backup manifest"), std::string::npos) << refusal();
}

TEST_F(WholeChain, IsNotAskedOfABackupThatDependsOnNoOther) {
  fs::remove_tree(path(full_, ""));
  EXPECT_EQ(refusal({{&full_}, std::nullopt}), "") << "a backup by rsync has no manifest";
}

}  // namespace
}  // namespace barman::restore
