#pragma once
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/fs/file.h"
#include "fakes/server_on_disk.h"
#include "unit/wal/segment_page.h"

namespace barman::archive {

inline const std::string w1 = "000000010000000000000001", w2 = "000000010000000000000002",
                         w3 = "000000010000000000000003", w4 = "000000010000000000000004";

// A server "main" whose directories lie below a temporary one, in memory where possible.
class ArchiveFixture : public testing::Test, protected fakes::ServerOnDisk {
 protected:
  ArchiveFixture() { config.archiver = true; }

  std::string content(const std::string& name) const { return fs::read_file(path("main/" + name)); }
  bool exists(const std::string& name) const { return fs::lstat_if_exists(path("main/" + name)).has_value(); }
  void put(const std::string& name, std::string_view bytes, std::time_t mtime = 1700000000, mode_t mode = 0640) const {
    const std::string file = path("main/" + name);
    fs::make_directories(fs::parent_directory(file));
    std::ofstream(file, std::ios::binary) << bytes;
    ::chmod(file.c_str(), mode);
    const struct ::timespec times[2] = {{mtime, 250'000'000}, {mtime, 250'000'000}};
    ::utimensat(AT_FDCWD, file.c_str(), times, 0);
  }
  std::vector<std::string> names(const std::string& name) const { return fs::list_directory(path("main/" + name)); }
  std::string hash(const std::string& wal) const { return "wals/" + wal.substr(0, 16) + "/" + wal; }
  std::string index() const { return fs::read_file_if_exists(path("main/wals/main-xlog.db")).value_or("(none)"); }

  WalArchive wal_archive() const { return {config, locks}; }
};

}  // namespace barman::archive
