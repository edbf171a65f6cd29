#include "barman/archive/wal_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive_fixture.h"

namespace barman::archive {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class Archive : public ArchiveFixture {
 protected:
  void archived(const std::string& name) const { put("wals/" + name.substr(0, 16) + "/" + name, "x"); }
  std::string located(const std::string& name, bool partial) const {
    const auto found = wal_archive().open(name, partial);
    return found ? found->path().substr(path("main/").size()) : "nowhere";
  }
};

TEST_F(Archive, LooksInTheArchiveThenWhereFilesWait) {
  EXPECT_EQ(located(w1, true), "nowhere");
  put("incoming/" + w1 + ".partial", "");
  EXPECT_EQ(located(w1, false), "nowhere");
  EXPECT_EQ(located(w1, true), "incoming/" + w1 + ".partial");
  put(hash(w1) + ".partial", "");
  EXPECT_EQ(located(w1, true), hash(w1) + ".partial");
  put("streaming/" + w1 + ".partial", "");
  EXPECT_EQ(located(w1, true), "streaming/" + w1 + ".partial");
  put("streaming/" + w1, "");
  EXPECT_EQ(located(w1, true), "streaming/" + w1);
  put("incoming/" + w1, "");
  EXPECT_EQ(located(w1, true), "incoming/" + w1);
  put(hash(w1), "");
  EXPECT_EQ(located(w1, true), hash(w1));
  put("wals/00000002.history", "");
  EXPECT_EQ(located("00000002.history", false), "wals/00000002.history");
}

TEST_F(Archive, PeeksUpToTheFirstHole) {
  archived(w1);
  put("incoming/" + w2, "");
  put("streaming/" + w3, "");
  archived("000000010000000000000006");
  EXPECT_THAT(wal_archive().peek(w1, 10), ElementsAre(w1, w2, w3));
  EXPECT_THAT(wal_archive().peek(w1, 2), ElementsAre(w1, w2));
  EXPECT_THAT(wal_archive().peek("000000010000000000000005", 10), IsEmpty());
}

TEST_F(Archive, PeeksAcrossLogsOfAnySegmentSize) {
  for (const char* name : {"0000000100000000000000FF", "000000010000000100000000", "000000010000000100000001",
                           "00000001000000050000003F", "000000010000000600000000"})
    archived(name);
  EXPECT_THAT(wal_archive().peek("0000000100000000000000FF", 9),
              ElementsAre("0000000100000000000000FF", "000000010000000100000000", "000000010000000100000001"));
  EXPECT_THAT(wal_archive().peek("00000001000000050000003F", 9),
              ElementsAre("00000001000000050000003F", "000000010000000600000000"));
}

TEST_F(Archive, PeeksOtherNamesAlone) {
  put("wals/00000002.history", "");
  EXPECT_THAT(wal_archive().peek("00000002.history", 5), ElementsAre("00000002.history"));
  EXPECT_THAT(wal_archive().peek("00000003.history", 5), IsEmpty());
}

TEST_F(Archive, KnowsTheLatestSegmentOfEachTimeline) {
  EXPECT_THAT(wal_archive().newest(), IsEmpty());
  archived("0000000100000000000000FE");
  archived("000000010000000100000002");
  archived("000000010000000100000001");
  archived("000000010000000100000003.partial");
  archived("000000010000000100000004.00000028.backup");
  archived("000000020000000100000005");
  fs::make_directories(path("main/wals/0000000200000009"));
  put("wals/00000003.history", "");
  put("wals/000000030000000X/junk", "");
  EXPECT_THAT(wal_archive().newest(),
              ElementsAre(Pair(1U, "000000010000000100000002"), Pair(2U, "000000020000000100000005")));
}

TEST_F(Archive, KnowsItsHighestTimeline) {
  EXPECT_EQ(wal_archive().highest_timeline(), std::nullopt);
  archived("000000010000000000000003");
  archived("0000000A0000000000000003");
  archived("0000000B0000000000000003.partial");
  put("wals/0000000C.history", "");  // as long as the name of a directory
  put("wals/main-xlog.db", "");
  EXPECT_EQ(wal_archive().highest_timeline(), 10U);
  config.wals_directory += "/missing";
  EXPECT_EQ(wal_archive().highest_timeline(), std::nullopt);
}

}  // namespace
}  // namespace barman::archive
