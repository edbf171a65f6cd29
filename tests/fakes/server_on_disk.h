#pragma once
#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "unit/fs/memory_directory.h"

namespace barman::fakes {

// A server with its empty directories below a temporary one, in memory where possible. Paths are relative to that one:
// "main/wals/...".
class ServerOnDisk {
 public:
  // `parent` empty: not in memory, where what has to be executed cannot lie everywhere.
  explicit ServerOnDisk(std::string name = "main", const std::string& parent = memory_directory())
      : directory("barman-test-", parent), locks(path("locks"), name) {
    const std::string root = path(name);
    config.name = std::move(name);
    config.backup_directory = root;
    config.basebackups_directory = root + "/base";
    config.wals_directory = config.xlogdb_directory = root + "/wals";
    config.incoming_wals_directory = root + "/incoming";
    config.streaming_wals_directory = root + "/streaming";
    config.errors_directory = root + "/errors";
    fs::make_directories(path("locks"));
    for (const char* below : {"/base", "/meta", "/wals", "/incoming", "/streaming", "/errors"})
      fs::make_directories(root + below);
  }

  std::string path(std::string_view name) const { return directory.path() + '/' + std::string(name); }
  std::string read(std::string_view name) const { return fs::read_file(path(name)); }
  bool exists(std::string_view name) const { return fs::lstat_if_exists(path(name)).has_value(); }
  std::vector<std::string> names(std::string_view name) const { return fs::list_directory(path(name)); }
  // Not fs::replace_file: syncing every file would take the tests seconds.
  void write(std::string_view name, std::string_view bytes) const {
    const std::string file = path(name);
    fs::make_directories(fs::parent_directory(file));
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }

  fs::TemporaryDirectory directory;
  config::ServerConfig config;
  fs::LockDirectory locks;
};

}  // namespace barman::fakes
