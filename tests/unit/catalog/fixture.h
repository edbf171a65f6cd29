#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

#include "barman/config/server_config.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "unit/fs/memory_directory.h"

namespace barman::catalog {

// A server "s" with empty directories below a temporary one.
class ServerDirectory : public testing::Test {
 protected:
  ServerDirectory() : temporary_("barman-test-", memory_directory()), locks_(path("locks"), "s") {
    config_.name = "s";
    config_.backup_directory = path("s");
    config_.basebackups_directory = path("s/base");
    config_.wals_directory = config_.xlogdb_directory = path("s/wals");
    config_.backup_method = config::BackupMethod::postgres;
    for (const char* name : {"locks", "s/base", "s/meta", "s/wals"}) fs::make_directories(path(name));
  }

  std::string path(const std::string& name) const { return temporary_.path() + '/' + name; }
  std::string read(const std::string& name) const { return fs::read_file(path(name)); }
  void write(const std::string& name, std::string_view text) const {
    fs::make_directories(fs::parent_directory(path(name)));
    std::ofstream(path(name)) << text;  // not fs::replace_file: syncing every file would take the tests seconds
  }

  fs::TemporaryDirectory temporary_;
  config::ServerConfig config_;
  fs::LockDirectory locks_;
};

}  // namespace barman::catalog
