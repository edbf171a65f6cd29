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

// The segment of a name, 1 MiB as PostgreSQL would write it.
inline std::string whole_segment(const std::string& wal, char filler = 'w') {
  constexpr std::uint32_t size = 1024 * 1024;
  const std::uint64_t log = std::stoull(wal.substr(8, 8), nullptr, 16),
                      seg = std::stoull(wal.substr(16, 8), nullptr, 16);
  std::string content = segment_page((log << 32) + seg * size, 77, size);
  content.resize(size, filler);
  return content;
}

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
