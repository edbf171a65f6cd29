#include "base_copy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "barman/cloud/place.h"
#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "barman/restore/restore.h"
#include "decrypt.h"
#include "placement.h"
#include "unit/gpg_home.h"

namespace barman::restore {
namespace {

// A backup with one tablespace, plain or in archives as pg_basebackup makes them, brought to this machine or to
// "another" one: an ssh that runs everything here.
class BaseCopy : public testing::Test {
 protected:
  BaseCopy() {
    config_.name = "main";
    config_.backup_directory = path("main");
    config_.basebackups_directory = path("main/base");
    write("ssh", "#!/bin/sh\nshift\n[ \"$1\" != ' ' ] || shift\nexec sh -c \"$*\"\n");
    ::chmod(path("ssh").c_str(), 0755);
    backup_.backup_id = "20260921T141321";
    backup_.tablespaces.emplace();
    backup_.tablespaces->push_back({"ts", 16386, path("ts")});
    request_.destination = path("destination");
    request_.staging_path = path("staging");
    write("main/base/20260921T141321/data/PG_VERSION", "15\n");
    write("main/base/20260921T141321/data/base/1/1259", "table");
    write("main/base/20260921T141321/data/tablespace_map", "16386 /somewhere\n");
    write("main/base/20260921T141321/data/backup_manifest", "{}\n");
    write("main/base/20260921T141321/16386/PG_15_1/1/1", "in the tablespace");
  }

  std::string path(const std::string& name) const { return directory_.path() + '/' + name; }
  void write(const std::string& name, std::string_view bytes) const {
    fs::make_directories(fs::parent_directory(path(name)));
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  void pack() {
    const std::string base = path("main/base/20260921T141321"), data = base + "/data", archives = base + "/archives";
    fs::make_directories(archives);
    run({"tar", "--create", "--gzip", "--file=" + archives + "/base.tar.gz", "--directory=" + data,
         "--exclude=backup_manifest", "."});
    run({"tar", "--create", "--gzip", "--file=" + archives + "/16386.tar.gz", "--directory=" + base + "/16386", "."});
    fs::rename_file(data + "/backup_manifest", archives + "/backup_manifest");
    fs::remove_tree(data);
    fs::remove_tree(base + "/16386");
    fs::rename_file(archives, data);
    backup_.compression = "gzip";
  }
  // Into archives in a store, as barman puts them there.
  void put_into_store() {
    open_place().store->create_bucket();
    const std::string base = path("main/base/20260921T141321");
    write("main/base/20260921T141321/data/backup_label", "START WAL LOCATION: 0/2000028\n");
    write("main/base/20260921T141321/data/global/pg_control", "control");
    fs::remove_file(base + "/data/tablespace_map");
    put_archive(base + "/data", "data.tar");
    put_archive(base + "/16386", "16386.tar");
    fs::remove_tree(path("main/base"));
    config_.basebackups_directory = "s3://lab/pg";
    backup_.set_status(catalog::BackupStatus::done);
  }
  void put_archive(const std::string& directory, const std::string& name) {
    run({"tar", "--create", "--file=" + path(name), "--directory=" + directory, "."});
    put(name, fs::read_file(path(name)));
  }
  void put(const std::string& name, std::string_view content) {
    open_place().store->put("pg/main/base/20260921T141321/" + name, store::Body::of(content));
  }
  cloud::Place open_place() const { return {store::open_directory(path("bucket")), {"pg", "main"}}; }
  void run(std::vector<std::string> argv) {
    exec::run_checked(runner_, exec::Command(std::move(argv), exec::Limits::within(a_minute)), "tar");
  }

  void place(fs::Host& host) {
    config::GlobalConfig global;
    global.barman_lock_directory = directory_.path();
    ServerContext server(global, config_, notifier_,
                         ServerContext::Given{.local = &runner_,
                                              .local_host = here_.get(),
                                              .open_place = [this](const std::string&, const config::ServerConfig&) {
                                                return open_place();
                                              }});
    const RestoreRun run{server, host, progress_};
    catalog::BackupChain chain{{&backup_}, std::nullopt};
    require_whole(chain, server.backups());
    require_decryption(chain.members, server);
    place_base_backup(request_, chain.members, prepare(request_, chain.members, run), placed_tablespaces(backup_, {}),
                      std::nullopt, run);
  }
  void expect_cluster(bool with_manifest) const {
    EXPECT_EQ(fs::read_file(path("destination/PG_VERSION")), "15\n");
    EXPECT_EQ(fs::read_file(path("destination/base/1/1259")), "table");
    EXPECT_EQ(fs::read_file(path("destination/pg_tblspc/16386/PG_15_1/1/1")), "in the tablespace");
    EXPECT_EQ(std::filesystem::read_symlink(path("destination/pg_tblspc/16386")), path("ts"));
    EXPECT_FALSE(fs::exists(path("destination/tablespace_map")));
    EXPECT_EQ(fs::exists(path("destination/backup_manifest")), with_manifest);
    EXPECT_EQ(fs::list_directory_if_exists(path("staging")), std::vector<std::string>()) << "nothing stays";
  }

  static constexpr std::chrono::seconds a_minute{60};
  fs::TemporaryDirectory directory_{"base-copy-test-"};
  config::ServerConfig config_;
  catalog::BackupInfo backup_;
  RestoreRequest request_;
  exec::LocalRunner runner_;
  SilentNotifier notifier_;
  NoProgress progress_;
  std::unique_ptr<fs::Host> here_ = fs::make_local_host(a_minute),
                            there_ = fs::make_remote_host(path("ssh") + " other", {}, a_minute);
};

TEST_F(BaseCopy, CopiesAPlainBackup) {
  place(*here_);
  expect_cluster(true);
}

TEST_F(BaseCopy, CopiesAPlainBackupToAnotherHost) {
  place(*there_);
  expect_cluster(true);
}

TEST_F(BaseCopy, UnpacksWhereItIs) {
  pack();
  place(*here_);
  expect_cluster(false);
}

TEST_F(BaseCopy, UnpacksHereAndCopiesToAnotherHost) {
  pack();
  place(*there_);
  expect_cluster(true);
}

TEST_F(BaseCopy, FetchesArchivesAndUnpacksThere) {
  pack();
  request_.staging_location = config::StagingLocation::remote;
  place(*there_);
  expect_cluster(false);
}

TEST_F(BaseCopy, DownloadsToTheDestination) {
  put_into_store();
  place(*here_);
  expect_cluster(true);
  EXPECT_FALSE(fs::exists(path("staging"))) << "no work area";
}

TEST_F(BaseCopy, DownloadsHereAndCopies) {
  put_into_store();
  place(*there_);
  expect_cluster(true);
}

TEST_F(BaseCopy, DownloadsAndCopiesWhatDiffers) {
  put_into_store();
  request_.delta = true;
  write("destination/base/1/1259", "an older table");
  write("destination/base/1/9999", "of no use");
  place(*here_);
  expect_cluster(true);
  EXPECT_FALSE(fs::exists(path("destination/base/1/9999")));
}

TEST_F(BaseCopy, RefusesABackupOfWhichAnArchiveIsMissing) {
  put_into_store();
  open_place().store->remove({"pg/main/base/20260921T141321/16386.tar"});
  EXPECT_THROW(place(*here_), Error);
  EXPECT_FALSE(fs::exists(path("destination")));
}

TEST_F(BaseCopy, LeavesNothingOfADamagedDownload) {
  put_into_store();
  put("16386.tar", "damaged");
  EXPECT_THROW(place(*here_), Error);
  EXPECT_FALSE(fs::exists(path("destination/PG_VERSION")));
  EXPECT_THROW(place(*there_), Error);
  EXPECT_EQ(fs::list_directory_if_exists(path("staging")), std::vector<std::string>());
}

TEST_F(BaseCopy, RefusesAnIncompleteBackupBeforeAnythingIsTouched) {
  pack();
  fs::remove_file(path("main/base/20260921T141321/data/base.tar.gz"));
  EXPECT_THROW(place(*here_), Error);
  EXPECT_FALSE(fs::exists(path("destination")));
}

TEST_F(BaseCopy, RemovesItsWorkAreaWhenItFails) {
  pack();
  write("main/base/20260921T141321/data/16386.tar.gz", "damaged");
  for (const auto location : {config::StagingLocation::local, config::StagingLocation::remote}) {
    request_.staging_location = location;
    try {
      place(*there_);
      FAIL();
    } catch (const Error& error) {
      EXPECT_TRUE(std::string_view(error.what()).starts_with("Failure copying base backup: cannot unpack '"))
          << error.what();
    }
    EXPECT_EQ(fs::list_directory(path("staging")), std::vector<std::string>());
  }
}

// The same with its archives encrypted for a key that has a passphrase.
class EncryptedBaseCopy : public BaseCopy {
 protected:
  void SetUp() override {
    REQUIRE_GPG();
    home_.emplace();
    pack();
    const std::string data = path("main/base/20260921T141321/data/");
    for (const std::string& name : {std::string("base.tar.gz"), std::string("16386.tar.gz")}) {
      GpgHome::run({"--trust-model", "always", "--recipient", GpgHome::key, "--output", data + name + ".gpg",
                    "--encrypt", data + name});
      fs::remove_file(data + name);
    }
    backup_.encryption = "gpg";
    config_.encryption_passphrase_command = home_->command();
  }
  // Why it failed; nothing clear is anywhere.
  Error failure(fs::Host& host) {
    try {
      place(host);
    } catch (const Error& error) {
      EXPECT_EQ(fs::list_directory_if_exists(path("destination")), std::vector<std::string>());
      EXPECT_EQ(fs::list_directory_if_exists(path("ts")), std::vector<std::string>());
      EXPECT_EQ(fs::list_directory_if_exists(path("staging")), std::vector<std::string>());
      return error;
    }
    return {Errc::io, "it did not fail"};
  }

  std::optional<GpgHome> home_;
};

TEST_F(EncryptedBaseCopy, DecryptsWhereItIs) {
  place(*here_);
  expect_cluster(false);
}

TEST_F(EncryptedBaseCopy, DecryptsHereAndCopiesToAnotherHost) {
  place(*there_);
  expect_cluster(true);
}

TEST_F(EncryptedBaseCopy, DecryptsHereAndUnpacksThere) {
  request_.staging_location = config::StagingLocation::remote;
  request_.bandwidth_limit = 100;
  place(*there_);
  expect_cluster(false);
}

TEST_F(EncryptedBaseCopy, NamesTheOptionThatIsMissing) {
  config_.encryption_passphrase_command = std::nullopt;
  EXPECT_STREQ(failure(*here_).what(),
               "Encrypted backup '20260921T141321' was found for server 'main', but 'encryption_passphrase_command' is "
               "not configured correctly. Please fix it before attempting a restore.");
  EXPECT_FALSE(fs::exists(path("destination"))) << "nothing was written";
}

TEST_F(EncryptedBaseCopy, RefusesAPassphraseCommandThatFailsBeforeAnythingIsWritten) {
  config_.encryption_passphrase_command = "echo no vault >&2; exit 3";
  const std::string said = failure(*here_).what();
  EXPECT_NE(said.find("no vault"), std::string::npos) << said;
  EXPECT_FALSE(fs::exists(path("destination")));
}

TEST_F(EncryptedBaseCopy, LeavesNothingOfAWrongPassphrase) {
  config_.encryption_passphrase_command = "echo wrong";
  for (fs::Host* host : {here_.get(), there_.get()}) {
    const Error error = failure(*host);
    EXPECT_EQ(error.code(), Errc::config) << error.what();
    EXPECT_NE(std::string(error.what()).find("Bad passphrase"), std::string::npos) << error.what();
  }
}

TEST_F(EncryptedBaseCopy, LeavesNothingOfADamagedArchive) {
  const std::string archive = path("main/base/20260921T141321/data/base.tar.gz.gpg");
  const std::string whole = fs::read_file(archive);
  for (const auto location : {config::StagingLocation::local, config::StagingLocation::remote}) {
    request_.staging_location = location;
    std::ofstream(archive, std::ios::binary) << whole.substr(0, whole.size() / 2);
    const Error error = failure(*there_);
    EXPECT_EQ(error.code(), Errc::corrupt) << error.what();
  }
}

}  // namespace
}  // namespace barman::restore
