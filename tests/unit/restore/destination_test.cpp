#include "destination.h"

#include <gtest/gtest.h>

#include <fstream>

#include "barman/fs/file.h"

namespace barman::restore {
namespace {

class Destination : public testing::Test {
 protected:
  void write(const std::string& name) const {
    fs::make_directories(fs::parent_directory(path(name)));
    std::ofstream(path(name)) << "x";
  }
  std::string path(const std::string& name) const { return directory_.path() + '/' + name; }
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    fs::walk(directory_.path(), [&](const fs::Entry& entry) {
      if (!entry.relative.empty()) found.push_back(entry.relative);
    });
    return found;
  }

  fs::TemporaryDirectory directory_{"destination-test-"};
  std::unique_ptr<fs::Host> host_ = fs::make_local_host(std::chrono::seconds(60));
};

// D-RST-25
TEST_F(Destination, LosesWhatAClusterMustNotStartWith) {
  for (const char* name :
       {"log/a.log", "log/deep/b.log", "pg_wal/000000010000000000000001", "pg_wal/summaries/1.summary",
        "postmaster.pid", "recovery.conf", "tablespace_map", "PG_VERSION", "base/log/1"})
    write(name);
  fs::make_directories(path("pg_wal/archive_status"));
  remove_leftovers(directory_.path(), *host_);
  EXPECT_EQ(files(), (std::vector<std::string>{"PG_VERSION", "base", "base/log", "base/log/1", "log", "pg_wal",
                                               "pg_wal/archive_status", "pg_wal/summaries"}));
  EXPECT_NO_THROW(remove_leftovers(directory_.path(), *host_)) << "nothing to remove";
}

TEST_F(Destination, IsBroughtBackToWhatItWas) {
  RestoreRequest request;
  request.destination = path("data");
  const std::vector<PlacedTablespace> tablespaces = {{"ts", 16386, path("ts")}};
  write("data/.snapshot/kept");
  const DestinationBefore before(request, tablespaces, *host_);
  write("data/base/1");
  write("data/.snapshot/also kept");
  write("ts/PG_17/1");
  before.bring_back();
  EXPECT_EQ(files(), (std::vector<std::string>{"data", "data/.snapshot", "data/.snapshot/also kept",
                                               "data/.snapshot/kept", "ts"}));
}

}  // namespace
}  // namespace barman::restore
