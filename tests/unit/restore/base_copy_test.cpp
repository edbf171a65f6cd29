#include "base_copy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "placement.h"

namespace barman::restore {
namespace {

TEST(PackedBackup, FindsItsArchives) {
  const PackedBackup packed("/b/data", "gzip", {"16386.tar.gz", "backup_manifest", "base.tar.gz"});
  EXPECT_EQ(packed.base_archive(), "/b/data/base.tar.gz");
  EXPECT_EQ(packed.tablespace_archive(16386), "/b/data/16386.tar.gz");
  EXPECT_EQ(packed.manifest(), "/b/data/backup_manifest");
  EXPECT_THROW(packed.tablespace_archive(1), Error);
}

TEST(PackedBackup, RefusesADirectoryWithoutBase) {
  EXPECT_THROW(PackedBackup("/b/data", "gzip", {"backup_manifest", "base.tar.gz.gpg"}), Error);
}

TEST(TarArgv, NamesTheProgramThatDecompresses) {
  EXPECT_EQ(tar_argv("gzip", "/a/base.tar.gz", "/d", {}),
            (std::vector<std::string>{"tar", "--extract", "--gzip", "--file=/a/base.tar.gz", "--directory=/d",
                                      "--force-local", "--anchored", "--checkpoint=1000", "--checkpoint-action=dot"}));
  EXPECT_EQ(tar_argv("zstd", "/a", "/d", {})[2], "--use-compress-program=zstd");
  EXPECT_EQ(tar_argv("none", "/a", "/d", {})[2], "--file=/a");
}

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
  void run(std::vector<std::string> argv) {
    exec::run_checked(runner_, exec::Command(std::move(argv), exec::Limits::within(a_minute)), "tar");
  }

  void place(fs::Host& host) {
    config::GlobalConfig global;
    global.barman_lock_directory = directory_.path();
    ServerContext server(global, config_, notifier_,
                         ServerContext::Given{.local = &runner_, .local_host = here_.get()});
    place_base_backup(request_, backup_, placed_tablespaces(backup_, {}), std::nullopt, {server, host, progress_});
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

}  // namespace
}  // namespace barman::restore
