#include "barman/check/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "barman/cloud/place.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/store/object_store.h"
#include "unit/gpg_home.h"

namespace barman::check {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// A server on disk that nobody has ever used. It is inactive: what asks PostgreSQL is left out.
class UnusedServer : public testing::Test {
 protected:
  UnusedServer() {
    config.name = "main";
    config.active = false;
    config.backup_directory = directory_.path() + "/main";
    config.basebackups_directory = config.backup_directory + "/base";
    config.wals_directory = config.xlogdb_directory = config.backup_directory + "/wals";
    config.incoming_wals_directory = config.backup_directory + "/incoming";
    config.streaming_wals_directory = config.backup_directory + "/streaming";
    config.errors_directory = config.backup_directory + "/errors";
    config.archiver = true;
  }

  report::CheckReport checked(std::function<void()> archive_wal = {}) const {
    config::GlobalConfig global;
    global.barman_lock_directory = directory_.path();
    SilentNotifier silent;
    ServerContext server(global, config, silent);
    Target target{.server = server, .archive_wal = std::move(archive_wal)};
    return run(target);
  }

  static std::vector<std::string> names(const report::CheckReport& report) {
    std::vector<std::string> names;
    for (const report::CheckLine& line : report.lines) names.push_back(line.name);
    return names;
  }

  static const report::CheckLine& line_of(const report::CheckReport& report, report::CheckId id) {
    return *std::ranges::find(report.lines, id, &report::CheckLine::id);
  }

  config::ServerConfig config;

 private:
  fs::TemporaryDirectory directory_{"barman-check-test"};
};

TEST_F(UnusedServer, NamesIncrementsThatHaveLostTheirParent) {
  fs::make_directories(config.meta_directory());
  fs::replace_file(
      config.meta_directory() + "/20260102T000000-backup.info",
      "mode=postgres\nstatus=DONE\nbegin_wal=000000010000000000000003\nparent_backup_id=20260101T000000\n");
  const report::CheckReport report = checked();
  const report::CheckLine& line = line_of(report, report::CheckId::failed_backups);
  EXPECT_FALSE(line.passed);
  EXPECT_EQ(line.hint,
            "there are 0 failed backups, 1 cannot be restored: 20260102T000000: backup 20260101T000000, the parent of "
            "20260102T000000, is not in the catalogue");
}

TEST_F(UnusedServer, IsCheckedInTheOrderOfTheTable) {
  const report::CheckReport report = checked();
  EXPECT_THAT(names(report), ElementsAre("WAL archive", "directories", "retention policy settings",
                                         "backup maximum age", "backup minimum size", "wal maximum age", "wal size",
                                         "compression settings", "failed backups", "minimum redundancy requirements",
                                         "systemid coherence", "archiver errors"));
  EXPECT_FALSE(line_of(report, report::CheckId::wal_archive).passed);
  EXPECT_TRUE(line_of(report, report::CheckId::directories).passed);
  EXPECT_TRUE(fs::is_directory(config.incoming_wals_directory)) << "made by the check of the directories";
  EXPECT_EQ(report.last_backup_bytes, 0);
  EXPECT_EQ(report.wal_bytes, 0);
}

TEST_F(UnusedServer, GetsItsWalArchivedBeforeTheArchiveIsCalledEmpty) {
  int calls = 0;
  const report::CheckReport report = checked([&] {
    ++calls;
    throw Error(Errc::io, "no");
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(report.lines.front().name, "WAL archive");
  EXPECT_EQ(report.lines.front().hint, "please make sure WAL shipping is setup") << "not why the attempt failed";
}

TEST_F(UnusedServer, IsNotCheckedAnyFurtherWhenTheTimeIsOver) {
  const report::CheckReport report = checked([] { throw Error(Errc::timeout, "over"); });
  EXPECT_THAT(names(report), ElementsAre("check timeout"));
  EXPECT_THAT(report.lines.front().hint, HasSubstr("timed out"));
  EXPECT_EQ(report.last_backup_bytes, std::nullopt);
}

TEST_F(UnusedServer, EndsWithAnInterruption) {
  EXPECT_THROW(checked([] { throw Interrupted("SIGINT"); }), Interrupted);
}

TEST_F(UnusedServer, FailsTheCheckThatMeetsADamagedFile) {
  fs::make_directories(config.backup_directory);
  fs::replace_file(config.backup_directory + "/identity.json", "{");
  const report::CheckLine line = line_of(checked(), report::CheckId::system_identifier);
  EXPECT_FALSE(line.passed);
  EXPECT_THAT(line.hint, HasSubstr("identity.json"));
}

TEST_F(UnusedServer, SaysWhatDisablesItAndMakesNoDirectory) {
  config.faults = {{"first"}, {"second", config::Fault::Kind::connection}};
  const report::CheckReport report = checked();
  EXPECT_TRUE(report.disabled);
  EXPECT_FALSE(line_of(report, report::CheckId::configuration).passed);
  EXPECT_THAT(report.configuration_errors, ElementsAre("first", "second"));
  EXPECT_FALSE(fs::exists(config.incoming_wals_directory));
}

TEST_F(UnusedServer, ReportsWhatWaitsInItsDirectories) {
  config.archiver = false;
  config.max_incoming_wals_queue = 1;
  config.streaming_archiver = true;
  for (const std::string& directory : {config.incoming_wals_directory, config.streaming_wals_directory}) {
    fs::make_directories(directory);
    for (const char* name : {"000000010000000000000001", "000000010000000000000002", "x.partial"})
      fs::replace_file(directory + "/" + name, "");
  }
  const report::CheckReport report = checked();
  EXPECT_THAT(line_of(report, report::CheckId::incoming_not_empty).hint, HasSubstr("must be empty when archiver=off"));
  EXPECT_EQ(line_of(report, report::CheckId::streaming_queue).hint, "there are too many WALs in queue: 2, max 1");
}

class StoringServer : public UnusedServer {
 protected:
  StoringServer() { config.wals_directory = config.xlogdb_directory = "s3://lab/p"; }

  report::CheckLine answer(const std::function<std::unique_ptr<store::ObjectStore>()>& open) {
    config::GlobalConfig global;
    global.barman_lock_directory = bucket_.path();
    SilentNotifier silent;
    ServerContext::Given given;
    given.open_place = [&](const std::string&, const config::ServerConfig&) {
      return cloud::Place{open(), {"p", "main"}};
    };
    ServerContext server(global, config, silent, given);
    Target target{.server = server, .archive_wal = {}};
    return line_of(run(target), report::CheckId::cloud_storage);
  }
  std::unique_ptr<store::ObjectStore> bucket(const std::string& name) const {
    return store::open_directory(bucket_.path() + "/" + name);
  }

 private:
  fs::TemporaryDirectory bucket_{"barman-check-test"};
};

TEST_F(StoringServer, IsAskedForItsBucket) {
  report::CheckLine line = answer([&] {
    auto made = bucket("made");
    made->create_bucket();
    return made;
  });
  EXPECT_TRUE(line.passed);
  EXPECT_EQ(line.hint, "");
  line = answer([&] { return bucket("missing"); });
  EXPECT_FALSE(line.passed);
  EXPECT_THAT(line.hint, HasSubstr("the bucket of the WAL storage, "));
  line = answer([]() -> std::unique_ptr<store::ObjectStore> { throw Error(Errc::remote, "no route"); });
  EXPECT_EQ(line.hint,
            "Could not connect to the cloud provider for WAL storage. Check your credentials and configuration");
}

TEST_F(StoringServer, IsRefusedForSettingsThatFitNoStore) {
  using config::BackupMethod;
  const auto hint = [&] {
    return answer([]() -> std::unique_ptr<store::ObjectStore> { throw Error(Errc::remote, "no route"); }).hint;
  };
  config.compression = "custom";
  EXPECT_EQ(hint(),
            "cloud WAL storage only supports in-memory compression algorithms (gzip, bzip2, xz, zstd, lz4, snappy). "
            "'custom' is not supported");
  config.basebackups_directory = "s3://lab/p";
  config.backup_compression = "gzip";
  EXPECT_EQ(hint(), "compression is not supported when the backup destination is a cloud storage");
  config.backup_compression = "none";
  config.compression = "pygzip";
  config.encryption = "gpg";
  EXPECT_EQ(hint(), "encryption is not supported when the backup destination is a cloud storage");
  config.encryption.reset();
  config.backup_method = BackupMethod::rsync;
  EXPECT_EQ(hint(),
            "cloud backup destination is only supported with 'backup_method = postgres' or 'backup_method = "
            "local-to-cloud'");
  config.backup_method = BackupMethod::local_to_cloud;
  config.worm_mode = true;
  EXPECT_EQ(hint(), "WORM mode is not supported when the backup or WAL destination is a cloud storage");
}

class EncryptingServer : public UnusedServer {
 protected:
  void SetUp() override {
    REQUIRE_GPG();
    home_.emplace();
    config.encryption = "gpg";
    config.encryption_key_id = GpgHome::key;
    config.backup_method = config::BackupMethod::postgres;
    config.backup_compression = "gzip";
    config.backup_compression_format = config::BackupFormat::tar;
  }
  // The lines about it.
  std::vector<std::string> encryption_lines() const {
    std::vector<std::string> lines;
    const report::CheckReport report = checked();
    for (const report::CheckLine& line : report.lines)
      if (line.name.ends_with("cryption"))
        lines.push_back(line.name + (line.passed ? ": OK (" : ": FAILED (") + line.hint + ")");
    return lines;
  }
  std::optional<GpgHome> home_;
};

TEST_F(EncryptingServer, IsAskedForItsKeysBothOfThemWhereThePassphraseIsKnown) {
  EXPECT_THAT(encryption_lines(), ElementsAre("encryption: OK (encryption test succeeded)"));
  config.encryption_passphrase_command = home_->command();
  EXPECT_THAT(encryption_lines(), ElementsAre("encryption: OK (encryption test succeeded)"));
  config.encryption_passphrase_command = "echo wrong";
  EXPECT_THAT(encryption_lines(), ElementsAre("encryption: OK (encryption test succeeded)",
                                              AllOf(HasSubstr("decryption: FAILED (cannot decrypt 'a sample': gpg: "),
                                                    HasSubstr("Bad passphrase"))));
  config.encryption_passphrase_command = "echo sealed >&2; false";
  EXPECT_THAT(encryption_lines(), ElementsAre("encryption: OK (encryption test succeeded)",
                                              "decryption: FAILED (encryption_passphrase_command: it failed: sealed)"));
  config.encryption_passphrase_command = home_->command();
  home_->forget_secret_key();
  EXPECT_THAT(encryption_lines().at(1), HasSubstr("No secret key"));
}

TEST_F(EncryptingServer, FailsWithSettingsOrKeysThatCannotEncrypt) {
  config.encryption_key_id = GpgHome::untrusted;
  EXPECT_THAT(encryption_lines(),
              ElementsAre("encryption: FAILED (encryption test failed. Check the log file for more details)"));
  config.backup_compression.reset();
  EXPECT_THAT(encryption_lines(),
              ElementsAre("encryption: FAILED (Encryption is set as gpg, but backup_compression is unset)"));
}

}  // namespace
}  // namespace barman::check
