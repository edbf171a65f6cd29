#include "program_fixture.h"

namespace barman::cloud::cli {
namespace {

class CheckWalArchive : public ProgramTest {
 protected:
  int check(std::vector<std::string> words = {}) {
    words.insert(words.end(), {"s3://lab/pg", "main"});
    return run("check-wal-archive", words);
  }
  void fill() {
    put("pg/main/wals/0000000100000000/000000010000000000000001.gz", "x");
    put("pg/main/wals/0000000100000000/000000010000000000000001.zst", "x");
    put("pg/main/wals/0000000100000000/000000010000000000000001.00000028.backup", "x");
    put("pg/main/wals/0000000100000000/000000010000000000000002.partial.xz", "x");
    put("pg/main/wals/00000002.history.bz2", "x");
    put("pg/main/wals/notes.txt", "x");
    put("pg/main/wals/0000000300000000/000000030000000000000001.tmp", "x");
    put("pg/other/wals/0000000300000000/000000030000000000000001", "x");
  }
};

TEST_F(CheckWalArchive, AcceptsWhatIsEmpty) {
  put("pg/main/base/20261128T112556/backup.info", "x");
  put("pg/main/wals/notes.txt", "x");
  EXPECT_EQ(check(), 0) << err;
  EXPECT_EQ(out + err, "");
}

TEST_F(CheckWalArchive, MakesTheBucket) {
  fs::remove_tree(bucket);
  EXPECT_EQ(check(), 0) << err;
  EXPECT_TRUE(store->bucket_exists());
}

struct TimelineCase {
  const char* label;
  std::vector<std::string> words;
  int status;
  const char* text;
};
class Timelines : public CheckWalArchive, public testing::WithParamInterface<TimelineCase> {};

TEST_P(Timelines, CountWhatIsInTheWay) {
  fill();
  EXPECT_EQ(check(GetParam().words), GetParam().status);
  const std::string text = GetParam().text;
  EXPECT_EQ(log(), text.empty() ? "" : "ERROR: WAL archive check failed for server main: " + text + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Timelines,
    testing::Values(
        TimelineCase{"all", {}, 1, "Expected empty archive"},
        TimelineCase{"first", {"--timeline", "1"}, 1, "Found 4 files in WAL archive equal to or newer than timeline 1"},
        TimelineCase{"second", {"--timeline", "2"}, 1, "Found 1 file in WAL archive equal to or newer than timeline 2"},
        TimelineCase{"third", {"--timeline", "3"}, 0, ""}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::cloud::cli
