#include <fcntl.h>
#include <gtest/gtest.h>

#include "barman/fs/file.h"
#include "barman/restore/restore.h"

namespace barman::restore {
namespace {

class HighestTimeline : public testing::Test {
 protected:
  HighestTimeline() { config_.wals_directory = directory_.path(); }
  void archive(const std::string& hash, const std::string& name) {
    fs::make_directories(directory_.path() + "/" + hash);
    touch(hash + "/" + name);
  }
  void touch(const std::string& name) { fs::open_file(directory_.path() + "/" + name, O_WRONLY | O_CREAT); }

  fs::TemporaryDirectory directory_{"barman-test-"};
  config::ServerConfig config_;
};

TEST_F(HighestTimeline, NoneInAnEmptyArchive) {
  EXPECT_EQ(highest_timeline(config_), std::nullopt);
  config_.wals_directory += "/missing";
  EXPECT_EQ(highest_timeline(config_), std::nullopt);
}

TEST_F(HighestTimeline, OfTheSegments) {
  archive("0000000100000000", "000000010000000000000003");
  archive("0000000A00000000", "0000000A0000000000000003");
  archive("0000000B00000000", "0000000B0000000000000003.partial");
  touch("0000000C.history");  // as long as the name of a directory
  touch("main-xlog.db");
  EXPECT_EQ(highest_timeline(config_), 10u);
}

}  // namespace
}  // namespace barman::restore
